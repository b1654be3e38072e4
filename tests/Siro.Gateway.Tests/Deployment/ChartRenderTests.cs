using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;

namespace Siro.Gateway.Tests.Deployment;

/// <summary>The chart as rendered by <see cref="HelmChart"/>: what stands in the objects, value by value.</summary>
public sealed class ChartRenderTests
{
    private const string Everything = """
        {
          "replicaCount": 2,
          "metrics": {"enabled": true, "serviceMonitor": {"enabled": true}, "podMonitor": {"enabled": true}, "prometheusRule": {"enabled": true}, "dashboard": {"enabled": true}},
          "ingress": {"enabled": true}, "autoscaling": {"enabled": true}, "networkPolicy": {"enabled": true},
          "redis": {"existingSecret": {"name": "redis-secret"}}, "secrets": {"A": "b"}, "existingSecrets": ["more"]
        }
        """;

    private const string Trial = """{"redis": {"trial": {"enabled": true, "storageClass": "fast"}}}""";

    private const string Configured = """{"redis": {"configuration": "redis:6379"}}""";

    /// <summary>Values that between them make every object.</summary>
    internal static string[] Sets { get; } = ["{}", Everything, Trial, Configured];

    /// <summary>For each value of the chart, values that differ in it alone and change what is rendered.</summary>
    internal static IEnumerable<string> Changes => Leaves(Own(), "").Select(l => Change(l.Path)).OfType<string>();

    public static TheoryData<string> Values() => [.. Leaves(Own(), "").Select(l => l.Path)];

    [Theory]
    [MemberData(nameof(Values))]
    public void A_value_changes_what_is_rendered(string path)
    {
        Assert.True(Change(path) is not null, $"{path} changes nothing");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData(Everything)]
    [InlineData(Trial)]
    public void Whatever_selects_pods_selects_those_of_the_deployment(string values)
    {
        var objects = HelmChart.Render(values);
        var labels = (YamlMappingNode)HelmChart.Find(objects["Deployment/siro-gateway"], "spec", "template", "metadata", "labels")!;
        var selectors = objects.Where(o => !o.Key.EndsWith("-redis", StringComparison.Ordinal)
            && !o.Key.EndsWith("-test", StringComparison.Ordinal)).SelectMany(o => new[]
        {
            HelmChart.Find(o.Value, "spec", "selector", "matchLabels"), HelmChart.Find(o.Value, "spec", "podSelector", "matchLabels"),
            o.Key.StartsWith("Service/", StringComparison.Ordinal) ? HelmChart.Find(o.Value, "spec", "selector") : null,
        }).OfType<YamlMappingNode>().ToList();
        Assert.True(selectors.Count >= 3);
        Assert.All(selectors.SelectMany(s => s.Children), s => Assert.Equal(s.Value, labels[s.Key]));
    }

    [Fact]
    public void With_everything_on_every_kind_is_there_once()
    {
        var kinds = HelmChart.Render(Everything).Keys.Order(StringComparer.Ordinal);
        Assert.Equal(
            [
                "ConfigMap/siro-gateway", "ConfigMap/siro-gateway-dashboard", "Deployment/siro-gateway",
                "HorizontalPodAutoscaler/siro-gateway", "Ingress/siro-gateway",
                "NetworkPolicy/siro-gateway", "Pod/siro-gateway-test", "PodDisruptionBudget/siro-gateway", "PodMonitor/siro-gateway",
                "PrometheusRule/siro-gateway",
                "Secret/siro-gateway", "Service/siro-gateway", "ServiceAccount/siro-gateway", "ServiceMonitor/siro-gateway",
            ],
            kinds);
    }

    [Fact]
    public void Metrics_are_served_on_the_port_that_the_monitors_ask()
    {
        var objects = HelmChart.Render(Everything);
        var container = HelmChart.Find(objects["Deployment/siro-gateway"], "spec", "template", "spec", "containers", "0")!;
        var ports = (YamlSequenceNode)container["ports"];
        Assert.Equal(["http", "metrics"], ports.Select(p => HelmChart.Scalar(p, "name")!));
        Assert.Equal("metrics", HelmChart.Scalar(objects["Service/siro-gateway"], "spec", "ports", "1", "name"));
        Assert.Equal("metrics", HelmChart.Scalar(objects["ServiceMonitor/siro-gateway"], "spec", "endpoints", "0", "port"));
        Assert.Equal("metrics", HelmChart.Scalar(objects["PodMonitor/siro-gateway"], "spec", "podMetricsEndpoints", "0", "port"));
        var environment = Environment(objects);
        Assert.Equal(("true", HelmChart.Scalar(ports, "1", "containerPort")),
            (environment["Telemetry__Prometheus"], environment["Telemetry__PrometheusPort"]));
        Assert.DoesNotContain("Telemetry__Prometheus", Environment(HelmChart.Render()).Keys);
    }

    [Fact]
    public void Rules_and_dashboard_are_those_of_the_deploy_folder()
    {
        var objects = HelmChart.Render(Everything);
        var rules = new YamlStream();
        rules.Load(new StringReader(RepositoryFiles.Read("deploy", "prometheus", "alerts.yaml")));
        Assert.Equal(rules.Documents[0].RootNode["groups"], objects["PrometheusRule/siro-gateway"]["spec"]["groups"]);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse(RepositoryFiles.Read("deploy", "grafana", "siro-gateway.json")),
            JsonNode.Parse(HelmChart.Scalar(objects["ConfigMap/siro-gateway-dashboard"], "data", "siro-gateway.json")!)));
    }

    [Fact]
    public void A_secret_comes_from_any_key_of_any_existing_Secret()
    {
        var objects = HelmChart.Render("""
            {"existingSecretKeys": [{"setting": "Siro:Organizations:acme:OrganizationToken", "secret": "vault", "key": "token"}],
             "existingSecrets": ["all"], "redis": {"existingSecret": {"name": "redis", "key": "uri"}}}
            """);
        var pod = HelmChart.Find(objects["Deployment/siro-gateway"], "spec", "template", "spec")!;
        var sources = HelmChart.Find(
            ((YamlSequenceNode)pod["volumes"]).Single(v => HelmChart.Scalar(v, "name") == "secrets"), "projected", "sources")!;
        Assert.Equal("all", HelmChart.Scalar(sources, "0", "secret", "name"));
        Assert.Equal(
            ("vault", "token", "Siro__Organizations__acme__OrganizationToken"),
            (HelmChart.Scalar(sources, "1", "secret", "name"), HelmChart.Scalar(sources, "1", "secret", "items", "0", "key"),
                HelmChart.Scalar(sources, "1", "secret", "items", "0", "path")));
        var redis = ((YamlSequenceNode)pod["containers"][0]["env"]).Single(e => HelmChart.Scalar(e, "name") == "Redis__Configuration");
        Assert.Equal(("redis", "uri"),
            (HelmChart.Scalar(redis, "valueFrom", "secretKeyRef", "name"), HelmChart.Scalar(redis, "valueFrom", "secretKeyRef", "key")));
        Assert.DoesNotContain("Secret/siro-gateway", objects.Keys);
    }

    [Fact]
    public void Settings_are_merged_over_Siros_addresses()
    {
        var objects =
            HelmChart.Render(
            """{"config": {"Budget": {"Requests": 500}, "ReverseProxy": {"Clusters": {"platform": {"Destinations": {"siro": {"Address": "http://emulator"}}}}}}}""");
        var json = JsonNode.Parse(HelmChart.Scalar(objects["ConfigMap/siro-gateway"], "data", "gateway.json")!)!;
        Assert.Equal(500, (int)json["Budget"]!["Requests"]!);
        Assert.Equal("http://emulator", (string?)json["ReverseProxy"]!["Clusters"]!["platform"]!["Destinations"]!["siro"]!["Address"]);
        Assert.Equal("https://functions.siro.ai/api-externalApi",
            (string?)json["ReverseProxy"]!["Clusters"]!["external"]!["Destinations"]!["siro"]!["Address"]);
    }

    [Fact]
    public void A_scaled_deployment_names_no_replicas_and_each_replica_knows_the_least()
    {
        var objects = HelmChart.Render("""{"autoscaling": {"enabled": true, "minReplicas": 4}}""");
        Assert.Null(HelmChart.Find(objects["Deployment/siro-gateway"], "spec", "replicas"));
        Assert.Equal("4", Environment(objects)["Budget__ExpectedReplicas"]);
        Assert.Equal("siro-gateway", HelmChart.Scalar(objects["HorizontalPodAutoscaler/siro-gateway"], "spec", "scaleTargetRef", "name"));
        Assert.Equal("3", HelmChart.Scalar(HelmChart.Render()["Deployment/siro-gateway"], "spec", "replicas"));
    }

    [Fact]
    public void Another_release_has_other_names_and_the_test_asks_its_own_service()
    {
        var objects = HelmChart.Render("""{"service": {"port": 8081}}""", "blue");
        Assert.Contains("Deployment/blue-siro-gateway", objects.Keys);
        Assert.Equal("http://blue-siro-gateway:8081",
            HelmChart.Scalar(objects["Pod/blue-siro-gateway-test"], "spec", "containers", "0", "args", "3"));
    }

    [Fact]
    public void The_schema_takes_the_chart_s_own_values_and_refuses_words_that_it_does_not_know()
    {
        using var schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(HelmChart.Folder, "values.schema.json")));
        Assert.All(Leaves(Own(), ""), leaf => Assert.Null(Refusal(schema.RootElement, leaf.Path.Split('.'), leaf.Value)));
        Assert.NotNull(Refusal(schema.RootElement, ["replicas"], 3L));
        Assert.NotNull(Refusal(schema.RootElement, ["metrics", "port"], "9464"));
        Assert.NotNull(Refusal(schema.RootElement, ["metrics", "enable"], true));
        Assert.NotNull(Refusal(schema.RootElement, ["metrics", "port"], 80L));
    }

    private static Dictionary<string, string?> Environment(IReadOnlyDictionary<string, YamlMappingNode> objects) =>
        ((YamlSequenceNode)HelmChart.Find(objects["Deployment/siro-gateway"], "spec", "template", "spec", "containers", "0", "env")!)
            .ToDictionary(e => HelmChart.Scalar(e, "name")!, e => HelmChart.Scalar(e, "value"), StringComparer.Ordinal);

    private static Dictionary<string, object?> Own() =>
        (Dictionary<string, object?>)HelmChart.Read(File.ReadAllText(Path.Combine(HelmChart.Folder, "values.yaml")))!;

    private static string Text(string values) => string.Concat(HelmChart.Texts(values, "siro-gateway").Select(t => t.Text));

    private static IEnumerable<(string Path, object? Value)> Leaves(Dictionary<string, object?> map, string path) => map.SelectMany(m =>
        m.Value is Dictionary<string, object?> { Count: > 0 } inner ? Leaves(inner, path + m.Key + ".") : [(path + m.Key, m.Value)]);

    /// <summary>Values that differ from one of the sets in this one and change what is rendered; null where none does.</summary>
    private static string? Change(string path)
    {
        using var schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(HelmChart.Folder, "values.schema.json")));
        var others = Others(path, Leaves(Own(), "").Single(l => l.Path == path).Value, schema.RootElement);
        return new[] { Everything, Trial, Configured, "{}" }.SelectMany(values => others.Select(other =>
        {
            var set = JsonNode.Parse(values)!.AsObject();
            Set(set, path.Split('.'), other.DeepClone());
            return (Values: values, Changed: set.ToJsonString());
        })).FirstOrDefault(c => Text(c.Values) != Text(c.Changed)).Changed;
    }

    /// <summary>Other values of that kind that the schema takes.</summary>
    private static JsonNode[] Others(string path, object? value, JsonElement schema) => value switch
    {
        bool => [true, false],
        long number => [number + 1],
        List<object?> => Lists(path),
        Dictionary<string, object?> when path == "affinity" => [JsonNode.Parse("""{"nodeAffinity": {}}""")!],
        Dictionary<string, object?> => [JsonNode.Parse("""{"changed": "yes"}""")!],
        _ when path.EndsWith(".interval", StringComparison.Ordinal) => ["45s"],
        _ when path.StartsWith("resources.", StringComparison.Ordinal) || path is "spool.sizeLimit" or "redis.trial.storage" => ["7Gi"],
        _ => Enumeration(schema, path.Split('.')) ?? ["changed"],
    };

    private static JsonNode[] Lists(string path) =>
        [JsonNode.Parse(path switch
        {
            "existingSecrets" => """["other"]""",
            "existingSecretKeys" => """[{"setting": "a:b", "secret": "s", "key": "k"}]""",
            "env" => """[{"name": "x", "value": "y"}]""",
            "image.pullSecrets" => """[{"name": "x"}]""",
            "tolerations" => """[{"key": "k"}]""",
            "networkPolicy.egressTo" => """[{"to": [{"podSelector": {}}]}]""",
            _ => """[{"podSelector": {}}]""",
        })!];

    /// <summary>The words that the schema allows there; null where any may stand.</summary>
    private static JsonNode[]? Enumeration(JsonElement schema, string[] path) =>
        path.Length == 0
            ? schema.TryGetProperty("enum", out var words) ? [.. words.EnumerateArray().Select(w => (JsonNode)w.GetString()!)] : null
            : schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(path[0], out var next)
                ? Enumeration(next, path[1..])
                : null;

    private static void Set(JsonObject at, string[] path, JsonNode value)
    {
        foreach (var name in path[..^1])
        {
            at = (at[name] ??= new JsonObject()).AsObject();
        }

        at[path[^1]] = value;
    }

    /// <summary>Why the schema refuses this value there; null where it takes it. Only what the schema uses.</summary>
    private static string? Refusal(JsonElement schema, string[] path, object? value)
    {
        if (path.Length > 0)
        {
            return schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(path[0], out var next)
                ? Refusal(next, path[1..], value)
                : schema.TryGetProperty("additionalProperties", out var more) && more.ValueKind == JsonValueKind.False
                    ? $"{path[0]} is not known"
                : null;
        }

        var types = schema.GetProperty("type") is { ValueKind: JsonValueKind.Array } several
            ? several.EnumerateArray().Select(t => t.GetString()).ToArray()
            : [schema.GetProperty("type").GetString()];
        var type = value switch { bool => "boolean", long => "integer", string => "string", List<object?> => "array",
            Dictionary<string, object?> => "object", _ => "null" };
        return !types.Contains(type, StringComparer.Ordinal) ? $"{type} is not {string.Join('|', types)}"
            : value is long number
                && ((schema.TryGetProperty("minimum", out var least) && number < least.GetInt64())
                || (schema.TryGetProperty("maximum", out var most) && number > most.GetInt64())) ? "out of range"
            : null;
    }
}
