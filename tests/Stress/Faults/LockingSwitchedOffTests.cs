using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress.Faults;

/// <summary>A runtime that takes no kernel locks: whoever runs so must not change anything, and everybody else goes on.</summary>
public sealed class LockingSwitchedOffTests(ITestOutputHelper output)
{
    [NativeFact]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task Without_file_locking_every_change_is_refused_and_looking_works()
    {
        using var trials = new Trials(output, "file locking switched off", "commands");
        using var tree = Tree.Create();
        Assert.Equal(CommandEnd.Done, (await NativeCommand.RunAsync(tree.Root, "acquire", "--agent", "a", "held.cs", "--ttl", "1h")).Code);
        var before = StoreImage.Of(tree);
        string[] changes =
        [
            "acquire --agent b new.cs", "acquire --agent b new.cs --wait 1s", "run new.cs --agent b -- true", "renew --agent a --all", "release --agent a --all",
            "cleanup-stale-locks --max-age 1s", "cleanup-agent-locks a", "break held.cs --agent b --reason why", "reset held.cs --agent b",
        ];
        foreach (string value in (string[])["1", "true"])
        {
            foreach (string change in changes)
            {
                var end = await RunAsync(tree, change, value);
                Assert.True(end.Trouble() is null, $"{change}: {end}");
                bool refused = end.Code == CommandEnd.Store || (end.Code == CommandEnd.Failed && change.StartsWith("cleanup", StringComparison.Ordinal));
                Assert.True(refused, $"{change}: {end}");
                Assert.Contains("DOTNET_SYSTEM_IO_DISABLEFILELOCKING", end.Error, StringComparison.Ordinal);
                Assert.Equal("", StoreImage.Of(tree).DifferenceFrom(before));
                trials.Tried++;
            }
            foreach (string look in (string[])["list", "who-has held.cs", "check --agent a held.cs", "history"])
                Assert.Equal(CommandEnd.Done, (await RunAsync(tree, look, value)).Code);
        }
        trials.End();
    }

    private static Task<CommandEnd> RunAsync(Tree tree, string line, string value) =>
        NativeCommand.RunBelowAsync([], tree.Root, line.Split(' '), ("DOTNET_SYSTEM_IO_DISABLEFILELOCKING", value));
}
