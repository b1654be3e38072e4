using System.Reflection;

namespace Siro.Gateway.Tests.Deployment;

/// <summary>Files of the repository, as they stand.</summary>
internal static class RepositoryFiles
{
    public static string Root { get; } = Path.GetFullPath(
        typeof(RepositoryFiles).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "RepositoryRoot").Value!);

    public static string Read(params string[] path) => File.ReadAllText(Path.Combine([Root, .. path]));
}
