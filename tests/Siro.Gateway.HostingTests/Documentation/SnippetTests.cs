using System.Text.RegularExpressions;

namespace Siro.Gateway.HostingTests.Documentation;

/// <summary>Code that a page shows is code that the compiler has read.</summary>
public sealed partial class SnippetTests
{
    private static readonly string Root = FindRoot();

    [Theory]
    [InlineData("docs/client.md")]
    [InlineData("docs/aspire.md")]
    [InlineData("src/Siro.Gateway.Client/README.md")]
    [InlineData("src/Siro.Gateway.Hosting/README.md")]
    public void Each_block_of_C_sharp_stands_in_a_compiled_file(string page)
    {
        var sources = new[] { "samples", "src/Siro.Gateway.AppHost", "tests/Siro.Gateway.HostingTests/Documentation" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Select(file => Plain(File.ReadAllText(file)))
            .ToList();
        var blocks = Block().Matches(File.ReadAllText(Path.Combine(Root, page))).Select(m => m.Groups["code"].Value).ToList();

        Assert.NotEmpty(blocks);
        Assert.All(blocks, block => Assert.True(Compiled(block), $"Not compiled anywhere:\n{block}"));

        bool Compiled(string block)
        {
            // A whole file: in the source its usings stand apart from the rest.
            var lines = block.Split('\n').ToList();
            var code = lines.FindIndex(line => line.Trim().Length > 0 && !line.StartsWith("using ", StringComparison.Ordinal));
            var parts = lines.Take(code).Append(string.Join('\n', lines.Skip(code))).Select(Plain).Where(part => part.Trim().Length > 0);
            return sources.Exists(source => parts.All(part => source.Contains(part, StringComparison.Ordinal)));
        }
    }

    /// <summary>Without indentation and empty lines, which differ between a page and a method.</summary>
    private static string Plain(string code) =>
        "\n" + string.Join('\n', code.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)) + "\n";

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Siro.Gateway.sln")))
        {
            directory = directory.Parent!;
        }

        return directory.FullName;
    }

    [GeneratedRegex("(?ms)^```csharp\r?\n(?<code>.*?)^```", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Block();
}
