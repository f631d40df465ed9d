using System.Collections.Concurrent;
using System.Reflection;

namespace SwarmLocks.Tests.Unit.TestSupport;

/// <summary>Makes implementations of the wide file-system interfaces out of the few members that the product uses.</summary>
internal static class Proxies
{
    // Looking a method up takes longer than calling it, and simulations make millions of calls.
    private static readonly ConcurrentDictionary<(Type Target, MethodInfo Method), MethodInfo?> Found = new();

    /// <summary>An implementation that has exactly the public methods of <paramref name="target"/>; every other member throws <see cref="NotSupportedException"/>.</summary>
    public static T Partial<T>(object target)
        where T : class =>
        Intercept<T>((method, arguments) =>
        {
            var found = Found.GetOrAdd((target.GetType(), method), key => key.Target.GetMethod(key.Method.Name, [.. key.Method.GetParameters().Select(p => p.ParameterType)]))
                ?? throw new NotSupportedException($"{typeof(T).Name}.{method.Name}");
            return Call(found, target, arguments);
        });

    /// <summary>An implementation whose every call goes through <paramref name="onCall"/>.</summary>
    public static T Intercept<T>(Func<MethodInfo, object?[], object?> onCall)
        where T : class
    {
        var proxy = DispatchProxy.Create<T, Dispatcher>();
        ((Dispatcher)(object)proxy).OnCall = onCall;
        return proxy;
    }

    /// <summary>Calls <paramref name="method"/>, and lets its own exception through.</summary>
    public static object? Call(MethodInfo method, object target, object?[] arguments) =>
        method.Invoke(target, BindingFlags.DoNotWrapExceptions, binder: null, arguments, culture: null);

#pragma warning disable CA1852 // DispatchProxy derives from it at run time.
    internal class Dispatcher : DispatchProxy
    {
        public Func<MethodInfo, object?[], object?> OnCall { get; set; } = (_, _) => null;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => OnCall(targetMethod!, args ?? []);
    }
#pragma warning restore CA1852
}
