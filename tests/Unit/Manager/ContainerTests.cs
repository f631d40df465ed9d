using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.Manager;

/// <summary>One constructor for who writes <c>new</c> and for Microsoft's container, on a real tree.</summary>
public sealed class ContainerTests : IDisposable
{
    private readonly TempTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_container_makes_a_manager_with_its_options_with_and_without_logging(bool logging)
    {
        var services = new ServiceCollection();
        services.AddOptions();
        // What AddLogging registers.
        if (logging)
            services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance).AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        services.Configure<LockManagerOptions>(options => options.Directory = _tree.Root);
        services.AddSingleton<ILockManager, LockManager>();
        await using var provider = services.BuildServiceProvider();
        await using var handle = await provider.GetRequiredService<ILockManager>().AcquireAsync(new LockRequest("a", "x"));
        Assert.Equal("path:x", handle.Leases.Single().Lease.Resource);
    }

    [Fact]
    public async Task Options_made_by_hand_go_into_a_container_too()
    {
        await using var provider = new ServiceCollection()
            .AddSingleton<IOptions<LockManagerOptions>>(new LockManagerOptions { Directory = _tree.Root })
            .AddSingleton<ILockManager, LockManager>()
            .BuildServiceProvider();
        Assert.EndsWith(Path.GetFileName(_tree.Root), provider.GetRequiredService<ILockManager>().Root, StringComparison.Ordinal);
    }

    /// <summary>A release may wait for the guard; whoever cannot await it is told so instead of blocked.</summary>
    [Fact]
    public async Task A_provider_that_ends_asynchronously_gives_the_locks_back_and_one_that_does_not_says_so()
    {
        var provider = new ServiceCollection().Configure<LockManagerOptions>(options => options.Directory = _tree.Root).AddSingleton<ILockManager, LockManager>().BuildServiceProvider();
        await provider.GetRequiredService<ILockManager>().AcquireAsync(new LockRequest("a", "x"));
        await provider.DisposeAsync();
        await using var other = new LockManager(new LockManagerOptions { Directory = _tree.Root });
        Assert.Empty(await other.ListAsync());

        var hasty = new ServiceCollection().Configure<LockManagerOptions>(options => options.Directory = _tree.Root).AddSingleton<ILockManager, LockManager>().BuildServiceProvider();
        await using var manager = hasty.GetRequiredService<ILockManager>();
        Assert.Contains("IAsyncDisposable", Assert.Throws<InvalidOperationException>(hasty.Dispose).Message, StringComparison.Ordinal);
    }

    /// <summary>The defaults look around the current directory, which is this repository or no tree at all: here it only has to compile, and to begin.</summary>
    [Fact]
    public async Task A_manager_is_made_without_a_container_in_every_way()
    {
        var options = new LockManagerOptions { Directory = _tree.Root };
        await using var one = new LockManager(options);
        await using var two = new LockManager(options, NullLogger<LockManager>.Instance);
        await using var three = new LockManager(Options.Create(options));
        Assert.Equal(one.Store, two.Store);
        Assert.Equal(one.Store, three.Store);
        Func<LockManager>[] byDefault = [() => new LockManager(), () => new LockManager(null), () => new LockManager(logger: NullLogger<LockManager>.Instance)];
        foreach (var make in byDefault)
        {
            if (Record.Exception(() => make()) is { } error)
                Assert.IsType<LockUsageException>(error);
        }
    }
}
