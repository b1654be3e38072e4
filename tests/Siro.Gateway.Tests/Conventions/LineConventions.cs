using System.Text.RegularExpressions;
using Siro.Gateway.Tests.Deployment;

namespace Siro.Gateway.Tests.Conventions;

/// <summary>
/// Lines of C# end at 140 characters. Only a literal that stands alone on its line may be longer, and so may what a raw string holds:
/// broken, an address, a token or a body could not be searched for.
/// </summary>
public sealed partial class LineConventions
{
    private const int Longest = 140;

    [Fact]
    public void Lines_end_at_140_characters() => Assert.Empty(
        from folder in new[] { "src", "tests", "samples" }
        from file in Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, folder), "*.cs", SearchOption.AllDirectories)
        let path = Path.GetRelativePath(RepositoryFiles.Root, file).Replace('\\', '/')
        where !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal)
        from number in TooLong(File.ReadLines(file))
        select $"{path}:{number}");

    private static IEnumerable<int> TooLong(IEnumerable<string> lines)
    {
        var (number, raw) = (0, false);
        foreach (var line in lines)
        {
            number++;
            var quotes = RawQuotes().Count(line);
            if (line.Length > Longest && !raw && quotes == 0 && !Literal().IsMatch(line))
            {
                yield return number;
            }

            raw ^= quotes % 2 == 1;
        }
    }

    [GeneratedRegex("\"{3,}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RawQuotes();

    [GeneratedRegex("^\\s*(\\+ )?[$@]*\".*\"[^\"]{0,12}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Literal();
}
