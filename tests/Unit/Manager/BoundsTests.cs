using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.Manager;

/// <summary>The last that is accepted, the first that is not, and what is said of it.</summary>
public sealed class BoundsTests
{
    private readonly MemoryManagers _process = new();

    [Fact]
    public async Task Two_hundred_resources_are_granted_and_one_more_is_refused()
    {
        await using var manager = _process.Open();
        await using var handle = await manager.AcquireAsync(new LockRequest("a", Files(200)));
        Assert.Equal(200, handle.Leases.Count);
        Assert.Equal("201 resources were given: give 1 to 200.", await RefusedAsync(new LockRequest("a", Files(201))));
        Assert.Equal("0 resources were given: give 1 to 200.", await RefusedAsync(new LockRequest("a", Files(0))));
    }

    [Fact]
    public async Task An_agent_id_of_128_characters_is_accepted_and_a_longer_one_is_not()
    {
        await using var manager = _process.Open();
        await using var handle = await manager.AcquireAsync(new LockRequest(new string('a', 128), "x"));
        Assert.Contains("give 1 to 128 of letters", await RefusedAsync(new LockRequest(new string('a', 129), "x")), StringComparison.Ordinal);
        Assert.Contains("give 1 to 128 of letters", await RefusedAsync(new LockRequest("", "x")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reason_of_512_characters_is_accepted_and_a_longer_one_is_not()
    {
        await using var manager = _process.Open();
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "x") { Reason = new string('r', 512) });
        Assert.Equal(512, Assert.Single(await manager.ListAsync()).Reason!.Length);
        Assert.Equal("The reason has 513 characters: give at most 512.", await RefusedAsync(new LockRequest("a", "x") { Reason = new string('r', 513) }));
    }

    [Theory]
    [InlineData("one\ntwo")]
    [InlineData("one\rtwo")]
    [InlineData("bell\a")]
    public async Task A_reason_is_one_line_of_plain_text(string reason) =>
        Assert.Contains("give one line of plain text", await RefusedAsync(new LockRequest("a", "x") { Reason = reason }), StringComparison.Ordinal);

    [Theory]
    [InlineData("a\nb")]
    [InlineData("a\tb")]
    [InlineData("a\0b")]
    [InlineData("a\u007fb")]
    public async Task A_path_with_a_control_character_is_refused(string path) =>
        Assert.Contains("control character", await RefusedAsync(new LockRequest("a", path)), StringComparison.Ordinal);

    private static string[] Files(int count) => [.. Enumerable.Range(0, count).Select(i => $"file{i}")];

    private async Task<string> RefusedAsync(LockRequest request)
    {
        await using var manager = _process.Open();
        return (await Assert.ThrowsAsync<LockUsageException>(() => manager.TryAcquireAsync(request))).Message;
    }
}
