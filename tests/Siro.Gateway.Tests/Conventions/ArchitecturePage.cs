using System.Text.RegularExpressions;
using Siro.Gateway.Tests.Deployment;

namespace Siro.Gateway.Tests.Conventions;

/// <summary>docs/architecture.md leads readers to types: each that it names exists.</summary>
public sealed partial class ArchitecturePage
{
    private static readonly string Page = RepositoryFiles.Read("docs/architecture.md");
    private static readonly string Source = Path.Combine(RepositoryFiles.Root, "src");

    private static IEnumerable<string> Folders =>
        from path in Directory.GetDirectories(Path.Combine(Source, "Siro.Gateway"))
        let folder = Path.GetFileName(path)!
        where folder is not ("bin" or "obj")
        select folder;

    [Fact]
    public void Every_type_that_the_page_names_exists()
    {
        var product = typeof(GatewayHost).Assembly.GetTypes();
        var known = product.Select(t => t.Name.Split('`')[0])
            .Concat(product.SelectMany(t => t.GetMethods()).Select(m => m.Name))
            .Concat(Directory.EnumerateFiles(Source, "*.cs", SearchOption.AllDirectories).Select(f => Path.GetFileNameWithoutExtension(f)!))
            .Concat(Folders)
            .Append("XOptionsValidator");
        var named = Named().Matches(Page).Select(m => m.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        Assert.True(named.Count > 30, $"{named.Count} types are named");
        Assert.Empty(named.Except(known, StringComparer.Ordinal));
    }

    [Fact]
    public void Every_folder_of_the_product_is_in_it() => Assert.Empty(
        from folder in Folders
        where !Page.Contains(folder, StringComparison.Ordinal)
        select folder);

    /// <summary>A word in backticks that could be a type's: one capital and small letters, without path or punctuation.</summary>
    [GeneratedRegex("`([A-Z][A-Za-z]*[a-z][A-Za-z]*)`", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Named();
}
