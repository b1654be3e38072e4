using System.Reflection;
using System.Text.RegularExpressions;
using Siro.Gateway.Jobs;
using Siro.Gateway.Store;

namespace Siro.Gateway.Tests.Store;

public sealed partial class KeyPatternTests
{
    private static readonly string Root =
        typeof(KeyPatternTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "RepositoryRoot").Value!;

    [Fact]
    public void The_docs_list_every_key_with_owner_slot_type_and_expiry()
    {
        var rows = File.ReadLines(Path.Combine(Root, "docs", "redis.md"))
            .SkipWhile(l => l != "| owner | slot | key | type | removed after | holds |").Skip(2).TakeWhile(l => l.StartsWith('|'));

        Assert.Equal(
            KeyPattern.All.Select(p => Row(p.Owner, p.Pattern)),
            rows);
    }

    [Fact]
    public void No_key_is_of_two_patterns()
    {
        foreach (var (_, pattern) in KeyPattern.All)
        {
            var key = Word().Replace(pattern.Text, "x1");
            Assert.Equal([pattern], KeyPattern.All.Select(p => p.Pattern).Where(p => p.Matches(key)));
        }
    }

    [Fact]
    public void Whoever_builds_a_key_declares_its_pattern()
    {
        var builders = Directory.EnumerateFiles(Path.Combine(Root, "src", "Siro.Gateway"), "*.cs", SearchOption.AllDirectories)
            .Where(f => Path.GetFileName(f) is not ("StoreKeys.cs" or "KeyPattern.cs"))
            .Where(f => File.ReadAllText(f).Contains("StoreKeys.Key(", StringComparison.Ordinal));
        Assert.All(builders, f => Assert.Contains("IReadOnlyList<KeyPattern> Patterns", File.ReadAllText(f), StringComparison.Ordinal));
    }

    [Fact]
    public void What_the_job_scripts_append_is_declared()
    {
        var declared = JobKeys.Patterns.Select(p => Word().Replace(p.Rest, "").TrimEnd(':')).ToHashSet(StringComparer.Ordinal);
        var scripts = typeof(RedisScript).Assembly.GetManifestResourceNames()
            .Where(n => n.Contains(".Jobs.Scripts.", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(scripts);
        var appended = scripts.SelectMany(s => Appended().Matches(Read(s)).Select(m => m.Groups[1].Value.TrimEnd(':')));
        Assert.Empty(appended.Except(declared, StringComparer.Ordinal));
    }

    private static string Row(string owner, KeyPattern key) =>
        $"| {owner} | `{{{key.Tag}}}` | `{key.Text}` | {Type(key.Type)} | {key.Expires ?? "-"} | {key.Holds} |";

    private static string Type(KeyType type) => type == KeyType.SortedSet ? "sorted set" : type.ToString().ToLowerInvariant();

    private static string Read(string resource)
    {
        using var reader = new StreamReader(typeof(RedisScript).Assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }

    [GeneratedRegex("[A-Z]+", RegexOptions.None, 1000)]
    private static partial Regex Word();

    [GeneratedRegex(@"prefix \.\. '([a-z]+:?)'", RegexOptions.None, 1000)]
    private static partial Regex Appended();
}
