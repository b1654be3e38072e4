using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Siro.Gateway.Tests.Deployment;

/// <summary>
/// Renders the chart as 'helm template' does, as far as the chart goes: values merged over its own, Go templates with the functions of Helm
/// that it uses.
/// It covers neither values.schema.json's enforcement, hooks' order, nor what a cluster's API server would say of the objects.
/// </summary>
internal static class HelmChart
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Folder { get; } = Path.Combine(RepositoryFiles.Root, "helm", "siro-gateway");

    /// <summary>Every object that these values make, by kind and name.</summary>
    public static IReadOnlyDictionary<string, YamlMappingNode> Render(string values = "{}", string release = "siro-gateway")
    {
        var objects = new Dictionary<string, YamlMappingNode>(StringComparer.Ordinal);
        foreach (var (file, text) in Texts(values, release))
        {
            foreach (var root in Load(file, text).Documents.Select(d => d.RootNode).OfType<YamlMappingNode>())
            {
                var key = $"{Scalar(root, "kind")}/{Scalar(root, "metadata", "name")}";
                Assert.True(objects.TryAdd(key, root), $"{file}: {key} is made twice");
            }
        }

        return objects;
    }

    /// <summary>Each template's text.</summary>
    public static IEnumerable<(string File, string Text)> Texts(string values, string release)
    {
        var chart = (Dictionary<string, object?>)Read(File.ReadAllText(Path.Combine(Folder, "Chart.yaml")))!;
        var merged = (Dictionary<string, object?>)Read(File.ReadAllText(Path.Combine(Folder, "values.yaml")))!;
        Merge(merged, (Dictionary<string, object?>)Read(values)!);
        var data = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["Values"] = merged,
            ["Chart"] = chart.ToDictionary(c => char.ToUpperInvariant(c.Key[0]) + c.Key[1..], c => c.Value, StringComparer.Ordinal),
            ["Release"] = new Dictionary<string, object?>(
                StringComparer.Ordinal) { ["Name"] = release, ["Namespace"] = "default", ["Service"] = "Helm" },
            ["Template"] = new Dictionary<string, object?>(StringComparer.Ordinal) { ["BasePath"] = "siro-gateway/templates" },
            ["Files"] = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["Get"] = (Func<object?[], object?>)(a => File.ReadAllText(Path.Combine(Folder, (string)a[0]!))),
            },
        };
        var template = new GoTemplate(Functions);
        var files = Directory.EnumerateFiles(Path.Combine(Folder, "templates"), "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Path.Combine(Folder, "templates"), f).Replace('\\', '/')).Order(StringComparer.Ordinal)
                .ToList();
        foreach (var file in files)
        {
            template.Define("siro-gateway/templates/" + file, File.ReadAllText(Path.Combine(Folder, "templates", file)));
        }

        return files.Where(f => f.EndsWith(".yaml", StringComparison.Ordinal))
            .Select(f => (f, template.Include("siro-gateway/templates/" + f, data))).ToList();
    }

    /// <summary>The scalar at this path; null where there is none.</summary>
    public static string? Scalar(YamlNode node, params string[] path) => (Find(node, path) as YamlScalarNode)?.Value;

    /// <summary>The node at this path, members by name and elements by number; null where there is none.</summary>
    public static YamlNode? Find(YamlNode node, params string[] path)
    {
        YamlNode? at = node;
        foreach (var name in path)
        {
            at = at switch
            {
                YamlMappingNode map => map.Children.TryGetValue(name, out var child) ? child : null,
                YamlSequenceNode list when int.TryParse(name, CultureInfo.InvariantCulture, out var index) && index < list.Children.Count =>
                    list[index],
                _ => null,
            };
        }

        return at;
    }

    private static YamlStream Load(string file, string text)
    {
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            return yaml;
        }
        catch (YamlException e)
        {
            throw new InvalidOperationException($"{file} is no YAML: {e.Message}\n{text}", e);
        }
    }

    private static Dictionary<string, Func<object?[], object?>> Functions { get; } = new(StringComparer.Ordinal)
    {
        ["toYaml"] = a => Yaml(a[0], 0).TrimEnd('\n'),
        ["toPrettyJson"] = a => JsonSerializer.Serialize(a[0], Indented),
        ["toJson"] = a => JsonSerializer.Serialize(a[0]),
        ["nindent"] = a => "\n" + Indent((long)a[0]!, (string)a[1]!),
        ["indent"] = a => Indent((long)a[0]!, (string)a[1]!),
        ["quote"] = a => Quote(a[0]),
        ["default"] = a => GoTemplate.Truth(a[1]) ? a[1] : a[0],
        ["trunc"] = a => ((string)a[1]!)[..(int)Math.Min((long)a[0]!, ((string)a[1]!).Length)],
        ["trimSuffix"] = a =>
            ((string)a[1]!).EndsWith((string)a[0]!, StringComparison.Ordinal) ? ((string)a[1]!)[..^((string)a[0]!).Length] : a[1],
        ["replace"] = a => ((string)a[2]!).Replace((string)a[0]!, (string)a[1]!, StringComparison.Ordinal),
        ["contains"] = a => ((string)a[1]!).Contains((string)a[0]!, StringComparison.Ordinal),
        ["hasKey"] = a => ((Dictionary<string, object?>)a[0]!).ContainsKey((string)a[1]!),
        ["eq"] = a => a.Skip(1).Any(b => Equals(a[0], b)),
        ["ne"] = a => !Equals(a[0], a[1]),
        ["not"] = a => !GoTemplate.Truth(a[0]),
        ["ternary"] = a => GoTemplate.Truth(a[2]) ? a[0] : a[1],
        ["print"] = a => string.Concat(a.Select(GoTemplate.Text)),
        ["printf"] = a => Printf((string)a[0]!, a[1..]),
        ["list"] = a => a.ToList(),
        ["dict"] = a => a.Chunk(2).ToDictionary(p => (string)p[0]!, p => p[1], StringComparer.Ordinal),
        ["mergeOverwrite"] = a =>
            a.Skip(1).Aggregate((Dictionary<string, object?>)a[0]!, (to, from) => Merge(to, (Dictionary<string, object?>)from!)),
        ["sha256sum"] = a => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes((string)a[0]!))),
        ["fail"] = a => throw new InvalidOperationException((string)a[0]!),
        ["required"] = a => a[1] is null or "" ? throw new InvalidOperationException((string)a[0]!) : a[1],
    };

    private static string Indent(long by, string text) => string.Join('\n', text.Split('\n').Select(l => new string(' ', (int)by) + l));

    private static string Quote(object? value) =>
        "\"" + GoTemplate.Text(value).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            + "\"";

    private static string Printf(string format, object?[] values)
    {
        var next = 0;
        return Regex.Replace(
            format,
            "%[sdvq]",
            m => m.Value == "%q" ? Quote(values[next++]) : GoTemplate.Text(values[next++]),
            RegexOptions.None,
            TimeSpan.FromSeconds(1));
    }

    private static Dictionary<string, object?> Merge(Dictionary<string, object?> to, Dictionary<string, object?> from)
    {
        foreach (var (key, value) in from)
        {
            to[key] = value is Dictionary<string, object?> inner && to.GetValueOrDefault(key) is Dictionary<string, object?> old
                ? Merge(old, inner)
                : value;
        }

        return to;
    }

    /// <summary>As Helm writes it: keys in order, lists at their key's own depth.</summary>
    private static string Yaml(object? value, int depth)
    {
        var pad = new string(' ', depth);
        return value switch
        {
            Dictionary<string, object?> { Count: > 0 } map =>
                string.Concat(map.OrderBy(m => m.Key, StringComparer.Ordinal).Select(
                    m => m.Value is Dictionary<string, object?> { Count: > 0 } or List<object?> { Count: > 0 }
                ? $"{pad}{JsonSerializer.Serialize(m.Key)}:\n{Yaml(m.Value, m.Value is List<object?> ? depth : depth + 2)}"
                : $"{pad}{JsonSerializer.Serialize(m.Key)}: {JsonSerializer.Serialize(m.Value)}\n")),
            List<object?> { Count: > 0 } list =>
                string.Concat(list.Select(item => item is Dictionary<string, object?> { Count: > 0 } or List<object?> { Count: > 0 }
                ? $"{pad}- {Yaml(item, depth + 2).TrimStart()}"
                : $"{pad}- {JsonSerializer.Serialize(item)}\n")),
            _ => JsonSerializer.Serialize(value) + "\n",
        };
    }

    /// <summary>YAML as Helm reads it.</summary>
    public static object? Read(string yaml) => Value(Load("values", yaml).Documents[0].RootNode);

    /// <summary>A scalar as Helm reads it: text, number, flag or nothing.</summary>
    public static object? Plain(YamlScalarNode scalar) => scalar.Style != ScalarStyle.Plain ? scalar.Value : scalar.Value switch
    {
        null or "" or "~" or "null" => null,
        "true" => true,
        "false" => false,
        var text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        var text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        var text => text,
    };

    private static object? Value(YamlNode node) => node switch
    {
        YamlMappingNode map => map.Children.ToDictionary(c => ((YamlScalarNode)c.Key).Value!, c => Value(c.Value), StringComparer.Ordinal),
        YamlSequenceNode list => list.Children.Select(Value).ToList(),
        YamlScalarNode scalar => Plain(scalar),
        _ => throw new InvalidOperationException(node.ToString()),
    };
}
