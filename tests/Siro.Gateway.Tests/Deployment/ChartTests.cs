using System.Text.Json;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Siro.Gateway.Tests.Deployment;

/// <summary>The chart, without a template engine: its templates are plain enough to be checked with their expressions blanked.</summary>
public sealed partial class ChartTests
{
    private static readonly string Chart = Path.Combine(RepositoryFiles.Root, "helm", "siro-gateway");

    public static TheoryData<string> Templates() =>
        [.. Directory.EnumerateFiles(Path.Combine(Chart, "templates"), "*.yaml", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Chart, f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Templates))]
    public void A_template_is_valid_YAML_once_its_expressions_are_blanked(string template)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(Blank(File.ReadAllText(Path.Combine(Chart, template)))));

        Assert.NotEmpty(yaml.Documents);
        foreach (var document in yaml.Documents)
        {
            var root = Assert.IsType<YamlMappingNode>(document.RootNode);
            Assert.All(
                new[] { "apiVersion", "kind", "metadata" }, key => Assert.True(root.Children.ContainsKey(key), $"{template} has no {key}"));
        }
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public void Blocks_of_a_template_are_balanced(string template) => Balanced(template, File.ReadAllText(Path.Combine(Chart, template)));

    [Theory]
    [InlineData("templates/_helpers.tpl")]
    [InlineData("templates/NOTES.txt")]
    public void Blocks_of_the_other_templates_are_balanced(string template) =>
        Balanced(template, File.ReadAllText(Path.Combine(Chart, template)));

    [Fact]
    public void Every_value_is_used_in_the_schema_and_in_the_README()
    {
        var used = AllTemplates();
        var readme = File.ReadAllText(Path.Combine(Chart, "README.md"));
        using var schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(Chart, "values.schema.json")));
        foreach (var value in Values())
        {
            Assert.True(Prefixes(value).Any(p => Regex.IsMatch(used, $@"\.Values\.{Regex.Escape(p)}(?![\w.])", RegexOptions.None,
                TimeSpan.FromSeconds(5))), $"{value} is used in no template");
            Assert.True(
                Prefixes(value).Any(p => readme.Contains($"`{p}`", StringComparison.Ordinal)), $"{value} does not stand in the README");
            Assert.True(InSchema(schema.RootElement, value.Split('.')), $"{value} does not stand in values.schema.json");
        }
    }

    [Fact]
    public void Every_value_that_a_template_reads_exists()
    {
        var values = Values().SelectMany(Prefixes).ToHashSet(StringComparer.Ordinal);
        Assert.All(Read().Matches(AllTemplates()).Select(m => m.Groups[1].Value).Distinct(StringComparer.Ordinal),
            read => Assert.Contains(read, values));
    }

    [Fact]
    public void The_pods_run_as_the_image_does_and_ask_what_the_gateway_answers()
    {
        var deployment = File.ReadAllText(Path.Combine(Chart, "templates", "deployment.yaml"));
        Assert.Contains("readOnlyRootFilesystem: true", deployment, StringComparison.Ordinal);
        Assert.Contains("runAsNonRoot: true", deployment, StringComparison.Ordinal);
        Assert.Contains("path: /health/live", deployment, StringComparison.Ordinal);
        Assert.Contains("path: /health/ready", deployment, StringComparison.Ordinal);
        Assert.Contains("path: /health/startup", deployment, StringComparison.Ordinal);
        Assert.Contains("mountPath: /var/lib/siro-gateway/spool", deployment, StringComparison.Ordinal);
        Assert.Contains(
            "Uploads__SpoolDirectory=/var/lib/siro-gateway/spool", RepositoryFiles.Read("Dockerfile"), StringComparison.Ordinal);
        Assert.Contains("checksum/config", deployment, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("configmap.yaml", "v1", "ConfigMap")]
    [InlineData("secret.yaml", "v1", "Secret")]
    [InlineData("deployment.yaml", "apps/v1", "Deployment")]
    [InlineData("service.yaml", "v1", "Service")]
    [InlineData("serviceaccount.yaml", "v1", "ServiceAccount")]
    [InlineData("ingress.yaml", "networking.k8s.io/v1", "Ingress")]
    [InlineData("networkpolicy.yaml", "networking.k8s.io/v1", "NetworkPolicy")]
    [InlineData("hpa.yaml", "autoscaling/v2", "HorizontalPodAutoscaler")]
    [InlineData("pdb.yaml", "policy/v1", "PodDisruptionBudget")]
    [InlineData("tests/health.yaml", "v1", "Pod")]
    public void An_object_is_there(string template, string version, string kind)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(Blank(File.ReadAllText(Path.Combine(Chart, "templates", template)))));
        var root = yaml.Documents[0].RootNode;
        Assert.Equal((version, kind), (((YamlScalarNode)root["apiVersion"]).Value, ((YamlScalarNode)root["kind"]).Value));
    }

    [Fact]
    public void The_pods_are_spread_probed_three_ways_and_may_do_as_little_as_can_be()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(Blank(File.ReadAllText(Path.Combine(Chart, "templates", "deployment.yaml")))));
        var deployment = yaml.Documents[0].RootNode["spec"];
        var pod = deployment["template"]["spec"];
        var container = pod["containers"][0];
        Assert.Equal("0", ((YamlScalarNode)deployment["strategy"]["rollingUpdate"]["maxUnavailable"]).Value);
        Assert.All(new[] { "startupProbe", "livenessProbe", "readinessProbe" },
            probe => Assert.IsType<YamlMappingNode>(container[probe]["httpGet"]));
        Assert.IsType<YamlSequenceNode>(pod["topologySpreadConstraints"]);
        Assert.Equal("RuntimeDefault", ((YamlScalarNode)pod["securityContext"]["seccompProfile"]["type"]).Value);
        Assert.Equal("false", ((YamlScalarNode)pod["automountServiceAccountToken"]).Value);
        Assert.Equal("false", ((YamlScalarNode)container["securityContext"]["allowPrivilegeEscalation"]).Value);
        Assert.Equal("ALL", ((YamlScalarNode)container["securityContext"]["capabilities"]["drop"][0]).Value);
        Assert.Equal(["checksum/config", "checksum/secret"],
            ((YamlMappingNode)deployment["template"]["metadata"]["annotations"]).Children.Keys.Select(k => ((YamlScalarNode)k).Value!));
    }

    [Fact]
    public void Its_test_asks_the_gateway_and_its_notes_say_what_to_do_next()
    {
        var test = File.ReadAllText(Path.Combine(Chart, "templates", "tests", "health.yaml"));
        Assert.Contains("helm.sh/hook: test", test, StringComparison.Ordinal);
        Assert.Contains("""args: ["health", "--ready", "--url",""", test, StringComparison.Ordinal);
        var notes = File.ReadAllText(Path.Combine(Chart, "templates", "NOTES.txt"));
        Assert.All(new[] { "rollout status", "helm -n {{ .Release.Namespace }} test", "/app/siro-gateway doctor", "/v1/webhooks/siro/",
            "existingSecrets" }, next => Assert.Contains(next, notes, StringComparison.Ordinal));
    }

    [Fact]
    public void The_pods_get_more_time_to_end_than_the_gateway_takes()
    {
        var grace = int.Parse(Scalar(["terminationGracePeriodSeconds"]), System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(TimeSpan.FromSeconds(grace) > new Siro.Gateway.Configuration.ShutdownOptions().Drain + TimeSpan.FromSeconds(10));
    }

    /// <summary>A line that is only an expression goes; inside a line, an expression becomes a word.</summary>
    private static string Blank(string template) => Expression().Replace(WholeLine().Replace(template, ""), "x");

    private static void Balanced(string name, string template)
    {
        var open = new Stack<string>();
        foreach (var expression in Expression().Matches(template).Select(m => m.Value.Trim('{', '}', '-', ' ', '\n')))
        {
            var word = expression.Split(' ', 2)[0];
            if (word is "if" or "with" or "range" or "define" or "block")
            {
                open.Push(expression);
            }
            else if (word == "end")
            {
                Assert.True(open.Count > 0, $"{name}: an 'end' too many");
                open.Pop();
            }
            else if (word == "else")
            {
                Assert.True(open.Count > 0, $"{name}: an 'else' outside of a block");
            }

            Assert.Equal(expression.Count(c => c == '('), expression.Count(c => c == ')'));
            Assert.Equal(0, expression.Count(c => c == '"') % 2);
        }

        Assert.True(open.Count == 0, $"{name}: not closed: {string.Join("; ", open)}");
        Assert.Equal(template.Split("{{").Length, template.Split("}}").Length);
    }

    private static string AllTemplates() =>
        string.Concat(
            Directory.EnumerateFiles(Path.Combine(Chart, "templates"), "*", SearchOption.AllDirectories).Select(File.ReadAllText));

    private static YamlMappingNode ValuesRoot()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(File.ReadAllText(Path.Combine(Chart, "values.yaml"))));
        return (YamlMappingNode)yaml.Documents[0].RootNode;
    }

    private static string Scalar(string[] path) =>
        ((YamlScalarNode)path.Aggregate((YamlNode)ValuesRoot(), (node, key) => node[key])).Value!;

    private static List<string> Values()
    {
        var leaves = new List<string>();
        Walk(ValuesRoot(), "", leaves);
        return leaves;

        static void Walk(YamlNode node, string path, List<string> leaves)
        {
            if (node is YamlMappingNode { Children.Count: > 0 } mapping)
            {
                foreach (var (key, child) in mapping.Children)
                {
                    Walk(child, path.Length == 0 ? ((YamlScalarNode)key).Value! : $"{path}.{((YamlScalarNode)key).Value}", leaves);
                }
            }
            else
            {
                leaves.Add(path);
            }
        }
    }

    private static IEnumerable<string> Prefixes(string value)
    {
        var parts = value.Split('.');
        return Enumerable.Range(1, parts.Length).Select(n => string.Join('.', parts[..n]));
    }

    private static bool InSchema(JsonElement schema, string[] path) =>
        path.Length == 0
        || (schema.TryGetProperty("properties", out var properties)
            ? properties.TryGetProperty(path[0], out var next) && InSchema(next, path[1..])
            : schema.TryGetProperty("type", out var type) && type.ToString() == "object");

    [GeneratedRegex(@"\{\{.*?\}\}", RegexOptions.Singleline, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Expression();

    [GeneratedRegex(
        @"^[ \t]*\{\{(?:(?!\}\}).)*\}\}[ \t]*\n", RegexOptions.Singleline | RegexOptions.Multiline, matchTimeoutMilliseconds: 5000)]
    private static partial Regex WholeLine();

    [GeneratedRegex(@"\.Values\.([A-Za-z][\w.]*\w)", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Read();
}
