using SwarmLocks.Policy;

namespace SwarmLocks.Tests.Unit.Policy;

public sealed class ShortListTests
{
    [Fact]
    public void It_gets_longer_by_one_each_time()
    {
        IReadOnlyList<string> items = [];
        for (int count = 1; count <= 20; count++)
        {
            items = items.And($"item {count}");
            Assert.Equal(Enumerable.Range(1, count).Select(i => $"item {i}"), items);
        }
    }

    [Fact]
    public void What_changes_are_begun_with_is_not_touched_by_what_is_added()
    {
        List<long> given = [1, 2];
        var changes = new LockChanges { WaiterDeletes = given };
        changes.DeleteWaiter(3);
        given.Add(4);
        Assert.Equal([1, 2, 3], changes.WaiterDeletes);
        Assert.Equal([1, 2, 4], given);
    }
}
