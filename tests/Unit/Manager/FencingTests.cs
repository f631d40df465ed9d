using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.Manager;

/// <summary>Whoever gets a lock later has the larger token, whatever the clock does and whatever was deleted.</summary>
public sealed class FencingTests
{
    private readonly MemoryManagers _process = new();

    [Fact]
    public async Task Tokens_grow_from_process_to_process_while_the_clock_stands_still()
    {
        var tokens = await TokensAsync(TimeSpan.Zero);
        Assert.Equal(tokens.Order().Distinct(), tokens);
    }

    [Fact]
    public async Task Tokens_grow_from_process_to_process_while_the_clock_goes_back()
    {
        var tokens = await TokensAsync(TimeSpan.FromHours(-1));
        Assert.Equal(tokens.Order().Distinct(), tokens);
    }

    /// <summary>Each of a new process, after the record of the one before is gone.</summary>
    private async Task<List<long>> TokensAsync(TimeSpan step)
    {
        var tokens = new List<long>();
        for (int i = 0; i < 4; i++)
        {
            await using var locks = _process.Open();
            await using var handle = await locks.AcquireAsync(new LockRequest("a", "x"));
            tokens.Add(handle.FencingToken);
            _process.Clock.StepWall(step);
        }
        return tokens;
    }
}
