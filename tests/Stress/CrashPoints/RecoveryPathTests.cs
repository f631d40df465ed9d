using Xunit.Sdk;

namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>Ways from the store before a command to the one after it, right and wrong: its two records go, its neighbour's stays.</summary>
public sealed class RecoveryPathTests : IAsyncLifetime
{
    private const string One = "path=src+a.cs.json";
    private const string Two = "plan=42.json";
    private const string Neighbour = "path=src+b.cs.json";

    private readonly Tree _tree = Tree.Create();
    private StoreSnapshot? _before;
    private StoreContent? _old;

    public async Task InitializeAsync()
    {
        await Arranged.Held((CrashScenario.Victim, "src/a.cs"), (CrashScenario.Victim, "plan:42"), ("neighbour", "src/b.cs"))(_tree);
        (_before, _old) = (StoreSnapshot.Take(_tree), StoreContent.Read(_tree));
    }

    public Task DisposeAsync()
    {
        _tree.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public void From_before_to_after_is_right() => Accept(recordByRecord: false, Without(), Without(), Without(One, Two), Without(One, Two));

    [Fact]
    public void One_record_after_the_other_is_right_where_each_counts_by_itself() => Accept(recordByRecord: true, Without(), Without(One), Without(One, Two));

    [Fact]
    public void One_record_without_the_other_is_wrong_where_all_count_together() => Refuse("only locks/" + One, recordByRecord: false, Without(), Without(One));

    [Fact]
    public void Back_from_after_to_before_is_wrong() => Refuse("is as before again", recordByRecord: true, Without(One), Without());

    [Fact]
    public void The_end_of_a_command_that_left_something_undone_is_wrong() => Refuse("it had ended, and was not done", recordByRecord: true, Without(), Without(One));

    [Fact]
    public void The_record_of_another_that_went_is_wrong() => Refuse(Neighbour + " is nothing of this command's", recordByRecord: false, Without(Neighbour));

    [Fact]
    public async Task The_record_of_another_that_came_is_wrong()
    {
        await Arranged.HoldAsync(_tree, "stranger", "src/c.cs");
        Refuse("c.cs.json is nothing of this command's", recordByRecord: false, StoreContent.Read(_tree, _old));
    }

    [Fact]
    public async Task A_record_that_is_neither_as_before_nor_as_after_is_wrong()
    {
        _ = Without(One);
        await Arranged.HoldAsync(_tree, "stranger", "src/a.cs");
        Refuse("is neither as before nor as after", recordByRecord: true, StoreContent.Read(_tree, _old));
    }

    [Fact]
    public async Task A_new_lease_of_the_same_agent_is_neither_as_before_nor_as_after()
    {
        _ = Without(One);
        await Arranged.HoldAsync(_tree, CrashScenario.Victim, "src/a.cs");
        Refuse("is neither as before nor as after", recordByRecord: true, StoreContent.Read(_tree, _old));
    }

    /// <summary>The store as it was, but for some records.</summary>
    private StoreContent Without(params string[] records)
    {
        _before!.Restore();
        foreach (string record in records)
            File.Delete(Path.Combine(_tree.DataFolder, "locks", record));
        return StoreContent.Read(_tree, _old);
    }

    /// <summary>The last step is the end of the command where it says that it was.</summary>
    private void Accept(bool recordByRecord, params StoreContent[] steps)
    {
        var path = new RecoveryPath(new CrashScenario("test", "release", "--all") { RecordByRecord = recordByRecord }, _old!, Without(One, Two));
        for (int i = 0; i < steps.Length; i++)
            path.Add(steps[i], isLast: steps.Length > 1 && i == steps.Length - 1);
    }

    private void Refuse(string why, bool recordByRecord, params StoreContent[] steps) =>
        Assert.Contains(why, Assert.ThrowsAny<XunitException>(() => Accept(recordByRecord, steps)).Message, StringComparison.Ordinal);
}
