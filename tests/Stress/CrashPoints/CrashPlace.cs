namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>A tree whose store is put back after each death, and what a run that nobody kills makes of it.</summary>
internal sealed class CrashPlace : IAsyncDisposable
{
    /// <summary>In the root of the tree: what a command may wait for.</summary>
    public const string GoFile = "go";

    private readonly CrashScenario _scenario;
    private readonly IAsyncDisposable? _kept;
    private readonly StoreSnapshot _start;
    private readonly IReadOnlyList<LockEvent> _story;
    private StoreContent _old;
    private StoreContent? _done;

    private CrashPlace(CrashScenario scenario, Tree tree, IAsyncDisposable? kept, IReadOnlyList<LockEvent> story)
    {
        (_scenario, Tree, _kept, _story) = (scenario, tree, kept, story);
        _start = StoreSnapshot.Take(tree);
        _old = StoreContent.Read(tree);
    }

    public Tree Tree { get; }

    public static async Task<CrashPlace> MakeAsync(CrashScenario scenario)
    {
        var tree = Tree.Create();
        var kept = await scenario.Arrange(tree);
        var place = new CrashPlace(scenario, tree, kept, await Aftermath.StoryAsync(tree));
        place.Restore();
        return place;
    }

    /// <summary>Makes the store what it was before the command.</summary>
    public void Restore()
    {
        _start.Restore();
        File.Delete(Tree.File(GoFile));
    }

    /// <summary>What the store is now is what counts as before: the world went on without the command.</summary>
    public void NoteOld() => _old = Read();

    /// <summary>What the store is now is what the command makes of it.</summary>
    public void NoteDone(CommandEnd end)
    {
        Assert.True(end.Code == _scenario.Code, $"{_scenario.Name} ended with {end.Code}: {end.Out} {end.Error}");
        _done = Read();
        // A change that leaves things as they were would hide whatever goes wrong, unless something was there in between.
        Assert.True(_scenario.Passing.Count > 0 || !_done.IsLike(_old), $"{_scenario.Name} changes nothing");
    }

    public StoreContent Read() => StoreContent.Read(Tree, _old);

    public RecoveryPath Path() => new(_scenario, _old, _done!);

    /// <summary>Looks at what a death left.</summary>
    /// <param name="remains">What the store says.</param>
    /// <param name="told">What the command had printed.</param>
    public Task LookAsync(StoreContent remains, string told) => new Aftermath(Tree, _scenario, remains, _story).LookAsync(told, _old, _done!);

    public async ValueTask DisposeAsync()
    {
        if (_kept is not null)
            await _kept.DisposeAsync();
        Tree.Dispose();
    }
}
