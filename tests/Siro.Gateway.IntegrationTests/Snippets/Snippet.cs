using System.Reflection;

namespace Siro.Gateway.IntegrationTests.Snippets;

/// <summary>A fenced block of a page of the documentation.</summary>
/// <param name="Page">From the repository's root: <c>docs/webhooks.md</c>.</param>
/// <param name="Line">Of its first line of code.</param>
/// <param name="Language">As the fence says, its first word.</param>
public sealed record Snippet(string Page, int Line, string Language, string Text)
{
    public static string Root { get; } = Path.GetFullPath(
        typeof(Snippet).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "RepositoryRoot").Value!);

    /// <summary>README.md and every page in docs.</summary>
    public static IReadOnlyList<Snippet> All { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md").Append(Path.Combine(Root, "README.md"))
            .Order(StringComparer.Ordinal).SelectMany(Read)];

    public bool IsShell => Language is "sh" or "bash";

    public bool IsProgram => Language is "csharp" or "typescript" or "ts" or "python";

    private static IEnumerable<Snippet> Read(string file)
    {
        var page = Path.GetRelativePath(Root, file);
        var lines = File.ReadAllLines(file);
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith("```", StringComparison.Ordinal))
            {
                var end = Array.IndexOf(lines, "```", i + 1);
                Assert.True(end > i, $"{page}:{i + 1}: a fence without an end");
                yield return new Snippet(page, i + 2, lines[i][3..].Split(' ')[0], string.Join('\n', lines[(i + 1)..end]) + "\n");
                i = end;
            }
        }
    }
}
