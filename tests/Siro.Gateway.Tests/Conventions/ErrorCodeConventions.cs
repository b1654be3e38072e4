using System.Reflection;
using System.Text.RegularExpressions;

namespace Siro.Gateway.Tests.Conventions;

public sealed partial class ErrorCodeConventions
{
    [Fact]
    public void Every_code_of_a_problem_is_explained_in_the_docs()
    {
        var root = typeof(ErrorCodeConventions).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .First(a => a.Key == "RepositoryRoot").Value!;
        var explained = File.ReadAllText(Path.Combine(root, "docs", "errors.md"));
        var codes = Directory.EnumerateFiles(Path.Combine(root, "src", "Siro.Gateway"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(f => Codes().Matches(File.ReadAllText(f)))
            .Select(m => m.Groups[1].Value)
            .ToHashSet(StringComparer.Ordinal);

        Assert.Contains("permission_missing", codes);
        Assert.Empty(codes.Where(c => !explained.Contains($"`{c}`", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    /// <summary>As they are written at the place that refuses: <c>new Problem(403, "code"</c>.</summary>
    [GeneratedRegex(""""(?:new(?: Problem)?\((?:\d{3}|StatusCodes\.\w+), |Problem Of\(|= Of\()"([a-z_]+)\x22"""", RegexOptions.None,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Codes();
}
