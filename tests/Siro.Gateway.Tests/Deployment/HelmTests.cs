using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using YamlDotNet.RepresentationModel;

namespace Siro.Gateway.Tests.Deployment;

/// <summary>
/// The chart by Helm itself: linted, and rendered with each value that it documents. Every object has only fields that Kubernetes knows
/// (by the models of its client; <see cref="OperatorObjectTests"/> look at the Prometheus operator's own), and <see cref="HelmChart"/>,
/// by which the other tests look at single values, renders the same.
/// </summary>
public sealed class HelmTests(HelmProgram helm) : IClassFixture<HelmProgram>
{
    public static TheoryData<string> Sets() => [.. ChartRenderTests.Sets];

    [Fact]
    public async Task Helm_finds_nothing_to_say_about_the_chart()
    {
        Assert.SkipWhen(HelmProgram.Missing is not null, HelmProgram.Missing ?? "");
        var (exit, output, errors) = await helm.RunAsync(null, "lint", "--strict", HelmChart.Folder);
        Assert.True(exit == 0, output + errors);
        Assert.DoesNotContain("WARNING", output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public async Task Helm_renders_what_the_tests_render_and_Kubernetes_knows_every_field(string values)
    {
        Assert.SkipWhen(HelmProgram.Missing is not null, HelmProgram.Missing ?? "");
        await RequireSameAsync(values);
    }

    [Fact]
    public async Task So_it_does_with_each_value_that_the_chart_documents()
    {
        Assert.SkipWhen(HelmProgram.Missing is not null, HelmProgram.Missing ?? "");
        foreach (var values in ChartRenderTests.Changes)
        {
            await RequireSameAsync(values);
        }
    }

    [Theory]
    [InlineData("""{"replicas": 3}""", "replicas")]
    [InlineData("""{"metrics": {"port": 80}}""", "port")]
    [InlineData("""{"metrics": {"enable": true}}""", "enable")]
    public async Task Helm_refuses_values_that_the_schema_does_not_know(string values, string named)
    {
        Assert.SkipWhen(HelmProgram.Missing is not null, HelmProgram.Missing ?? "");
        var (exit, _, errors) = await helm.RunAsync(values, "template", "siro-gateway", HelmChart.Folder);
        Assert.NotEqual(0, exit);
        Assert.Contains(named, errors, StringComparison.Ordinal);
    }

    private async Task RequireSameAsync(string values)
    {
        var (exit, output, errors) = await helm.RunAsync(values, "template", "siro-gateway", HelmChart.Folder);
        Assert.True(exit == 0, $"{values}: {errors}");
        var objects = new Dictionary<string, YamlMappingNode>(StringComparer.Ordinal);
        var stream = new YamlStream();
        stream.Load(new StringReader(output));
        foreach (var root in stream.Documents.Select(d => d.RootNode).OfType<YamlMappingNode>())
        {
            objects.Add($"{HelmChart.Scalar(root, "kind")}/{HelmChart.Scalar(root, "metadata", "name")}", root);
        }

        var own = HelmChart.Render(values);
        Assert.Equal(own.Keys.Order(StringComparer.Ordinal), objects.Keys.Order(StringComparer.Ordinal));
        Assert.All(own, o => Assert.Equal(Plain(o.Value), Plain(objects[o.Key])));
        foreach (var text in output.Split("\n---\n").Where(t => t.Contains("\nkind: ", StringComparison.Ordinal)))
        {
            RequireKnownFields(text);
        }
    }

    /// <summary>
    /// Checksums are of a template's text, in which blank lines count: not compared. JSON is, without its members' order.
    /// </summary>
    private static YamlMappingNode Plain(YamlMappingNode root)
    {
        if (HelmChart.Find(root, "spec", "template", "metadata", "annotations") is YamlMappingNode annotations)
        {
            annotations.Children.Remove("checksum/config");
            annotations.Children.Remove("checksum/secret");
        }

        foreach (var (name, text) in (HelmChart.Find(root, "data") as YamlMappingNode)?.Children.ToList() ?? [])
        {
            if (((YamlScalarNode)name).Value!.EndsWith(".json", StringComparison.Ordinal))
            {
                var json = Sorted(JsonNode.Parse(((YamlScalarNode)text).Value!))!.ToJsonString();
                ((YamlMappingNode)root["data"]).Children[name] = new YamlScalarNode(json);
            }
        }

        return root;
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(
            members.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => KeyValuePair.Create(m.Key, Sorted(m.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        _ => node?.DeepClone(),
    };

    private static void RequireKnownFields(string text)
    {
        const string line = "\nkind: ";
        var at = text.IndexOf(line, StringComparison.Ordinal) + line.Length;
        var kind = text[at..text.IndexOf('\n', at)];
        object? known = kind switch
        {
            "ConfigMap" => Strict<V1ConfigMap>(text),
            "Deployment" => Strict<V1Deployment>(text),
            "HorizontalPodAutoscaler" => Strict<V2HorizontalPodAutoscaler>(text),
            "Ingress" => Strict<V1Ingress>(text),
            "NetworkPolicy" => Strict<V1NetworkPolicy>(text),
            "Pod" => Strict<V1Pod>(text),
            "PodDisruptionBudget" => Strict<V1PodDisruptionBudget>(text),
            "Secret" => Strict<V1Secret>(text),
            "Service" => Strict<V1Service>(text),
            "ServiceAccount" => Strict<V1ServiceAccount>(text),
            "StatefulSet" => Strict<V1StatefulSet>(text),
            "PodMonitor" or "PrometheusRule" or "ServiceMonitor" => kind,
            _ => null,
        };
        Assert.True(known is not null, $"No model is named for a {kind}");
    }

    private static T Strict<T>(string text) => KubernetesYaml.Deserialize<T>(text, strict: true);
}
