namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>What the plain reading of the files finds in the way, and what it does not.</summary>
[Collection(Swarm.Name)]
public sealed class LeasesOnFileTests
{
    [Theory]
    [InlineData("src/a.cs", "src/a.cs", true)]
    [InlineData("src/", "src/a.cs", true)]
    [InlineData("glob:src/*.cs", "src/a.cs", true)]
    [InlineData("glob:**/*.cs", "src/a.cs", true)]
    [InlineData("glob:**/a.cs", "a.cs", true)]
    [InlineData("plan:42", "plan:42", true)]
    [InlineData("src/b.cs", "src/a.cs", false)]
    [InlineData("glob:*.cs", "src/a.cs", false)]
    [InlineData("glob:src/**/*.md", "src/a.cs", false)]
    [InlineData("plan:4", "plan:42", false)]
    public async Task A_live_lease_on_what_overlaps_is_in_the_way(string held, string asked, bool isInTheWay)
    {
        using var tree = Tree.Create();
        await Arranged.HoldAsync(tree, "holder", held);
        Assert.Equal(isInTheWay ? ["holder"] : [], LeasesOnFile.InTheWayOf(tree, asked).Select(l => l.Agent));
    }

    [Fact]
    public async Task An_expired_lease_is_not_in_the_way()
    {
        using var tree = Tree.Create();
        await Arranged.LetExpireAsync(tree, "late", "src/a.cs");
        Assert.Empty(LeasesOnFile.InTheWayOf(tree, "src/a.cs"));
    }

    [Fact]
    public async Task A_lease_of_a_process_is_in_the_way_until_that_is_dead()
    {
        using var tree = Tree.Create();
        await using (var _ = await Arranged.HoldByLivingProcessAsync(tree, "holder", "src/a.cs"))
            Assert.Single(LeasesOnFile.InTheWayOf(tree, "src/a.cs"));
        Assert.Empty(LeasesOnFile.InTheWayOf(tree, "src/a.cs"));
    }
}
