using System.Text.RegularExpressions;

namespace Siro.Gateway.IntegrationTests.ClientPackage;

/// <summary>The codes that docs/errors.md lists.</summary>
internal static partial class ErrorsPage
{
    public static HashSet<string> Codes()
    {
        var root = typeof(ErrorsPage).Assembly.GetCustomAttributes(typeof(System.Reflection.AssemblyMetadataAttribute), false)
            .Cast<System.Reflection.AssemblyMetadataAttribute>().First(a => a.Key == "RepositoryRoot").Value!;
        return [.. File.ReadLines(Path.Combine(root, "docs/errors.md"))
            .Where(line => Row().IsMatch(line))
            .SelectMany(line => Code().Matches(line.Split('|')[1]).Select(m => m.Groups[1].Value))];
    }

    [GeneratedRegex(@"^\| `[^|]+ \| ", RegexOptions.None, 1000)]
    private static partial Regex Row();

    [GeneratedRegex("`([a-z_]+)`", RegexOptions.None, 1000)]
    private static partial Regex Code();
}
