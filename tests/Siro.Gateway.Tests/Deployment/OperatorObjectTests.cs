using YamlDotNet.RepresentationModel;

namespace Siro.Gateway.Tests.Deployment;

/// <summary>The chart's objects for the Prometheus operator, by what its CRDs know (<see cref="OperatorSchema"/>).</summary>
public sealed class OperatorObjectTests
{
    private const string Monitor = """
        apiVersion: monitoring.coreos.com/v1
        kind: ServiceMonitor
        metadata: {name: a}
        spec:
          selector: {matchLabels: {app: a}}
          endpoints: [{port: metrics, interval: 30s}]
        """;

    private const string Rule = """
        apiVersion: monitoring.coreos.com/v1
        kind: PrometheusRule
        metadata: {name: a}
        spec:
          groups: [{name: g, rules: [{alert: A, expr: up, for: 2m, labels: {severity: critical}}]}]
        """;

    [Fact]
    public void The_operator_knows_every_field_of_every_object_whatever_the_values()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var values in ChartRenderTests.Sets.Concat(ChartRenderTests.Changes))
        {
            foreach (var root in HelmChart.Render(values).Values
                .Where(o => HelmChart.Scalar(o, "apiVersion")!.StartsWith("monitoring.coreos.com/", StringComparison.Ordinal)))
            {
                seen.Add(HelmChart.Scalar(root, "kind")!);
                var errors = OperatorSchema.Errors(root);
                Assert.True(errors.Count == 0, $"{values}: {string.Join('\n', errors)}");
            }
        }

        Assert.Equal(["PodMonitor", "PrometheusRule", "ServiceMonitor"], seen.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(Monitor, "interval: 30s", "intervall: 30s", ".spec.endpoints[].intervall: no such field")]
    [InlineData(Monitor, "interval: 30s", "interval: 30 seconds", ".spec.endpoints[].interval: 30 seconds is no duration")]
    [InlineData(Monitor, "port: metrics", "port: 9464", ".spec.endpoints[].port: 9464 is no text")]
    [InlineData(Monitor, "endpoints:", "podMetricsEndpoints:", ".spec.endpoints: missing")]
    [InlineData(Monitor, "  selector: {matchLabels: {app: a}}\n", "", ".spec.selector: missing")]
    [InlineData(Monitor, "{matchLabels: {app: a}}", "{app: a}", ".spec.selector.app: no such field")]
    [InlineData(Monitor, "coreos.com/v1", "coreos.com/v1alpha1", ".apiVersion: monitoring.coreos.com/v1alpha1 is no version")]
    [InlineData(Rule, "expr: up, ", "", ".spec.groups[].rules[].expr: missing")]
    [InlineData(Rule, "alert: A, ", "", "spec.groups[].rules[]: needs one of alert and record")]
    [InlineData(Rule, "severity: critical", "severity: 1", ".spec.groups[].rules[].labels.severity: 1 is no text")]
    public void What_it_does_not_know_is_found(string text, string right, string wrong, string error)
    {
        Assert.Empty(OperatorSchema.Errors(Read(text)));
        Assert.Contains(error, OperatorSchema.Errors(Read(text.Replace(right, wrong, StringComparison.Ordinal))));
    }

    private static YamlMappingNode Read(string text)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(text));
        return (YamlMappingNode)yaml.Documents[0].RootNode;
    }
}
