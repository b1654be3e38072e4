using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>A class whose tests wait for most of a minute: it begins before the others.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class LongAttribute : Attribute;

/// <summary>
/// Classes that are <see cref="LongAttribute">long</see> begin first, so that others run beside them and none is left alone at the end.
/// Otherwise the order is as good as any, and the same in each run.
/// </summary>
internal sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long = [
        .. typeof(LongestFirst).Assembly.GetTypes().Where(t => t.GetCustomAttribute<LongAttribute>() is not null).Select(t => t.FullName!)];

    // xunit names the collection of a class "Test collection for {full name} (id: {hash})".
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(
        IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection => [
            .. testCollections
                .OrderBy(c => Long.Any(name => c.TestCollectionDisplayName.Contains($" {name} ", StringComparison.Ordinal)) ? 0 : 1)
                .ThenBy(c => c.UniqueID, StringComparer.Ordinal)];
}
