using System.Text.RegularExpressions;
using Siro.Gateway.Tests.Deployment;

namespace Siro.Gateway.Tests.Conventions;

/// <summary>
/// A namespace is where its file lies, and folders use each other one way. A feature's file (<c>XFeature.cs</c>) and the host are the
/// places where everything is put together: they may use any folder, so they count for none. A sub-folder uses its parent, or the parent
/// its sub-folder, but never both.
/// </summary>
public sealed partial class FolderConventions
{
    private static readonly string Source = Path.Combine(RepositoryFiles.Root, "src", "Siro.Gateway");

    private static readonly IReadOnlyList<SourceFile> Files =
    [
        .. from path in Directory.EnumerateFiles(Source, "*.cs", SearchOption.AllDirectories)
           let file = Path.GetRelativePath(Source, path).Replace('\\', '/')
           where !Built().IsMatch(file)
           select SourceFile.Read(path, file),
    ];

    /// <summary>The folders of every type, by its name.</summary>
    private static readonly ILookup<string, string> FoldersOfType =
        (from file in Files from type in file.Types select (type, file.Folder)).Distinct()
            .ToLookup(t => t.type, t => t.Folder, StringComparer.Ordinal);

    [Fact]
    public void Namespaces_equal_folders() => Assert.Empty(
        from file in Files
        where file.Namespace != Namespace(file.Folder)
        select $"{file.Path} is in {file.Namespace}");

    [Fact]
    public void Two_folders_use_each_other_one_way()
    {
        var uses = (from file in Files
                    where !file.IsComposition
                    from other in Used(file)
                    where other != file.Folder
                    select (From: file.Folder, To: other, file.Path)).ToLookup(u => (u.From, u.To), u => u.Path);
        Assert.NotEmpty(uses);
        Assert.Empty(
            from use in uses
            where string.CompareOrdinal(use.Key.From, use.Key.To) < 0 && uses.Contains((use.Key.To, use.Key.From))
            select Sentence(use) + ", and " + Sentence(uses.Single(u => u.Key == (use.Key.To, use.Key.From))));
    }

    private static string Sentence(IGrouping<(string From, string To), string> use) =>
        $"{use.Key.From} uses {use.Key.To} in {string.Join(", ", use)}";

    /// <summary>
    /// Folders by their using directives and full names. What is in a folder above needs neither, so there it is the types' names that
    /// show a use.
    /// </summary>
    private static IEnumerable<string> Used(SourceFile file)
    {
        var named = Names().Matches(file.Code).Select(m => Folder(m.Value)).OfType<string>();
        var relative = from match in Relative().Matches(file.Code)
                       let folder = match.Groups[1].Value
                       where FoldersOfType[match.Groups[2].Value].Contains(folder, StringComparer.Ordinal)
                       select folder;
        var above = from word in Words().Matches(file.Code).Select(m => m.Value).Distinct(StringComparer.Ordinal)
                    from folder in FoldersOfType[word]
                    where file.Folder.StartsWith(folder + "/", StringComparison.Ordinal)
                    select folder;
        return named.Concat(relative).Concat(above).Distinct(StringComparer.Ordinal);
    }

    /// <summary>The folder of a namespace, or of the type or member that a full name goes on to.</summary>
    private static string? Folder(string name)
    {
        var parts = name.Split('.').Skip(2).ToArray();
        for (var count = parts.Length; count > 0; count--)
        {
            var folder = string.Join('/', parts.Take(count));
            if (Files.Any(f => f.Folder == folder))
            {
                return folder;
            }
        }

        return null;
    }

    private static string Namespace(string folder) => folder.Length == 0 ? "Siro.Gateway" : "Siro.Gateway." + folder.Replace('/', '.');

    [GeneratedRegex("(^|/)(bin|obj|node_modules)/", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Built();

    [GeneratedRegex(@"\bSiro\.Gateway(\.[A-Z]\w*)+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Names();

    /// <summary><c>Store.LeaseKeys</c>: a folder at the top and a type in it.</summary>
    [GeneratedRegex(@"(?<![\w.])([A-Z]\w*)\.([A-Z]\w*)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Relative();

    [GeneratedRegex(@"\b[A-Z]\w*", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Words();

    [GeneratedRegex("""(?m)^\s*///?.*$|"(\\.|[^"\\])*"|(?<=[;,{)\s])//.*$""", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CommentsAndTexts();

    [GeneratedRegex(@"(?m)^namespace ([\w.]+);", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Declared();

    [GeneratedRegex(
        @"(?m)^(?:(?:public|internal|sealed|static|abstract|partial|readonly|ref) )+(?:class|struct|interface|enum|record struct|record) (\w+)",
        RegexOptions.None,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Types();

    private sealed record SourceFile(string Path, string Folder, string Namespace, string Code, IReadOnlyList<string> Types)
    {
        /// <summary>The host, the program and the features' own files.</summary>
        public bool IsComposition => Folder.Length == 0 || Path.EndsWith("Feature.cs", StringComparison.Ordinal);

        public static SourceFile Read(string path, string file)
        {
            var code = CommentsAndTexts().Replace(File.ReadAllText(path), "");
            var folder = file.Contains('/', StringComparison.Ordinal) ? file[..file.LastIndexOf('/')] : "";
            var declared = Declared().Match(code) is { Success: true } match ? match.Groups[1].Value : FolderConventions.Namespace(folder);
            return new SourceFile(
                file, folder, declared, code, [.. FolderConventions.Types().Matches(code).Select(m => m.Groups[1].Value)]);
        }
    }
}
