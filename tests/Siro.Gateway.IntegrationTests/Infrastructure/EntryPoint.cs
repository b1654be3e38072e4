using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Store;
using Xunit.Runner.InProc.SystemConsole;

[assembly: AssemblyFixture(typeof(GarnetPool))]
[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>The tests' own program: runs tests, or, as <c>child</c>, a replica that a test pauses or kills.</summary>
internal static class EntryPoint
{
    /// <summary>This program, for <see cref="ProcessHandle.StartDotnet"/>.</summary>
    public static string Dll => typeof(EntryPoint).Assembly.Location;

    public static Task<int> Main(string[] args) => args is ["child", .. var rest]
        ? StoreChild.RunAsync(rest)
        : ConsoleRunner.Run(args);
}
