using System.Reflection;

namespace Siro.Sandbox;

/// <summary>Where the build put what the sandbox runs.</summary>
internal static class Paths
{
    public static string GarnetServer => Existing("GarnetServer", "Run 'dotnet restore' to download the embedded store.");

    public static string Gateway => Existing("Gateway", "Run 'dotnet build src/Siro.Sandbox' to build the gateway.");

    public static string Asset(string name) => Path.Combine(Path.GetFullPath(Metadata("Assets")), name);

    private static string Existing(string key, string advice)
    {
        var path = Path.GetFullPath(Metadata(key));
        return File.Exists(path) ? path : throw new SandboxException($"{path} is missing. {advice}");
    }

    private static string Metadata(string key) =>
        typeof(Paths).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == key).Value!;
}
