using System.Text.Json;
using System.Text.RegularExpressions;
using Siro.Gateway.Tests.Deployment;

namespace Siro.Gateway.Tests.Conventions;

/// <summary>What the pages name exists: settings, in the text and in their examples, and what their links lead to.</summary>
public sealed partial class PageConventions
{
    private static readonly JsonElement Schema = JsonDocument.Parse(RepositoryFiles.Read("gateway.schema.json")).RootElement;

    private static readonly string[] Pages =
    [
        "README.md", "helm/siro-gateway/README.md", "src/Siro.Emulator/README.md", "tests/Siro.Gateway.Benchmarks/README.md",
        .. Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, "docs"), "*.md")
            .Select(f => Path.GetRelativePath(RepositoryFiles.Root, f)).Order(StringComparer.Ordinal),
    ];

    [Fact]
    public void Every_setting_that_a_page_names_is_one()
    {
        var unknown = from page in Pages
                      from Match named in Setting().Matches(RepositoryFiles.Read(page))
                      let path = named.Groups[1].Value.TrimEnd('.').Split([":", "__"], StringSplitOptions.None)
                      where Schema.GetProperty("properties").TryGetProperty(path[0], out _) && !Exists([Schema], path)
                      select $"{page}: {named.Groups[1].Value}";
        Assert.Empty(unknown);
    }

    [Fact]
    public void Every_setting_in_an_example_is_one()
    {
        var (examples, unknown) = (0, new List<string>());
        foreach (var page in Pages)
        {
            foreach (var text in Example().Matches(RepositoryFiles.Read(page)).Select(m => m.Groups[1].Value.Trim()))
            {
                using var json = JsonDocument.Parse(text.StartsWith('{') ? text : "{" + text + "}");
                if (json.RootElement.EnumerateObject()
                    .All(p => p.Name == "$schema" || Schema.GetProperty("properties").TryGetProperty(p.Name, out _)))
                {
                    examples++;
                    Walk(json.RootElement, [], path =>
                        unknown.AddRange(Exists([Schema], path) ? [] : [$"{page}: {string.Join(':', path)}"]));
                }
            }
        }

        Assert.Empty(unknown);
        Assert.True(examples >= 6, $"{examples} examples were found");
    }

    [Fact]
    public void Every_link_leads_somewhere()
    {
        var broken = new List<string>();
        foreach (var page in Pages)
        {
            foreach (var link in Link().Matches(RepositoryFiles.Read(page)).Select(m => m.Groups[1].Value).Where(
                l => !l.StartsWith("http", StringComparison.Ordinal)))
            {
                var parts = link.Split('#');
                var target = parts[0].Length == 0
                    ? Path.Combine(RepositoryFiles.Root, page)
                    : Path.GetFullPath(Path.Combine(RepositoryFiles.Root, Path.GetDirectoryName(page)!, parts[0]));
                if (!Path.Exists(target)
                    || (parts.Length > 1
                    && !Heading().Matches(File.ReadAllText(target)).Select(h => Slug(h.Groups[1].Value))
                    .Contains(parts[1], StringComparer.Ordinal)))
                {
                    broken.Add($"{page}: {link}");
                }
            }
        }

        Assert.Empty(broken);
    }

    private static void Walk(JsonElement element, string[] path, Action<string[]> leaf)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    Walk(member.Value, [.. path, member.Name], leaf);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    Walk(item, [.. path, "0"], leaf);
                }

                break;
            default:
                leaf(path);
                break;
        }
    }

    /// <summary>Whether a path leads through the schema; <c>{name}</c>, <c>*</c> and <c>...</c> stand for any.</summary>
    private static bool Exists(IReadOnlyList<JsonElement> nodes, string[] path) =>
        nodes.Count > 0 && (path.Length == 0 || Exists([.. nodes.SelectMany(n => Children(n, path[0]))], path[1..]));

    private static IEnumerable<JsonElement> Children(JsonElement node, string name)
    {
        if (node.TryGetProperty("$ref", out var reference))
        {
            return Children(
                reference.GetString()!.TrimStart('#', '/').Split('/').Aggregate(Schema, (at, part) => at.GetProperty(part)), name);
        }

        var any = name.Length == 0 || name[0] is '{' or '*' or '.' or '[';
        var found = new List<JsonElement>();
        foreach (var list in new[] { "anyOf", "oneOf", "allOf" })
        {
            found.AddRange(node.TryGetProperty(list, out var choices) ? choices.EnumerateArray().SelectMany(c => Children(c, name)) : []);
        }

        if (node.TryGetProperty("properties", out var properties))
        {
            found.AddRange(properties.EnumerateObject().Where(p => any
                || p.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(p => p.Value));
        }

        if (found.Count == 0 && node.TryGetProperty("additionalProperties", out var more) && more.ValueKind == JsonValueKind.Object)
        {
            found.Add(more);
        }

        if ((any || name.All(char.IsAsciiDigit)) && node.TryGetProperty("items", out var items))
        {
            found.Add(items);
        }

        return found;
    }

    /// <summary>As the sites that show the pages make anchors of headings.</summary>
    private static string Slug(string heading) => NotInSlug().Replace(heading.ToLowerInvariant(), "").Trim().Replace(' ', '-');

    [GeneratedRegex(@"`([A-Z][A-Za-z]+(?:(?::|__)[A-Za-z0-9{}*.\[\]]+)+)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Setting();

    [GeneratedRegex(@"^```json\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Example();

    [GeneratedRegex(@"\]\(([^)\s]+)\)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (.*)$", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NotInSlug();
}
