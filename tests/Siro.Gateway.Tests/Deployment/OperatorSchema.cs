using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Siro.Gateway.Tests.Deployment;

/// <summary>
/// What the Prometheus operator's CRDs (monitoring.coreos.com/v1) say of a ServiceMonitor, a PodMonitor and a PrometheusRule: every field
/// that is a plain value, and the objects around them. Credentials, TLS and relabelling have fields of their own, which the chart does not
/// use: they are not listed, and an object with one of them is refused here until they are.
/// </summary>
internal static partial class OperatorSchema
{
    private const string Metadata = """
        apiVersion! = version
        kind! = text
        metadata.name! = text
        metadata.namespace = text
        metadata.labels.* = text
        metadata.annotations.* = text
        """;

    private const string Selecting = """
        spec.jobLabel = text
        spec.podTargetLabels[] = text
        spec.selector!.matchLabels.* = text
        spec.selector!.matchExpressions[].key! = text
        spec.selector!.matchExpressions[].operator! = text
        spec.selector!.matchExpressions[].values[] = text
        spec.namespaceSelector.any = flag
        spec.namespaceSelector.matchNames[] = text
        spec.attachMetadata.node = flag
        spec.bodySizeLimit = text
        spec.scrapeClass = text
        spec.scrapeProtocols[] = text
        spec.keepDroppedTargets = number
        spec.labelLimit = number
        spec.labelNameLengthLimit = number
        spec.labelValueLengthLimit = number
        spec.sampleLimit = number
        spec.targetLimit = number
        """;

    private const string Endpoint = """
        port = text
        targetPort = value
        path = text
        scheme = scheme
        params.*[] = text
        interval = duration
        scrapeTimeout = duration
        honorLabels = flag
        honorTimestamps = flag
        trackTimestampsStaleness = flag
        followRedirects = flag
        enableHttp2 = flag
        filterRunning = flag
        proxyUrl = text
        """;

    private const string Rules = """
        spec!.groups[].name! = text
        spec!.groups[].interval = duration
        spec!.groups[].limit = number
        spec!.groups[].partial_response_strategy = text
        spec!.groups[].rules[].alert = text
        spec!.groups[].rules[].record = text
        spec!.groups[].rules[].expr! = value
        spec!.groups[].rules[].for = duration
        spec!.groups[].rules[].keep_firing_for = duration
        spec!.groups[].rules[].labels.* = text
        spec!.groups[].rules[].annotations.* = text
        """;

    private static readonly Dictionary<string, Node> Kinds = new(StringComparer.Ordinal)
    {
        ["ServiceMonitor"] = Parse(Metadata, Selecting, "spec.targetLabels[] = text", Under("spec.endpoints![].", Endpoint)),
        ["PodMonitor"] = Parse(Metadata, Selecting, Under("spec.podMetricsEndpoints![].", Endpoint)),
        ["PrometheusRule"] = Parse(Metadata, Rules),
    };

    /// <summary>What is wrong with this object, each error by its path; nothing where the operator would take it.</summary>
    public static IReadOnlyList<string> Errors(YamlMappingNode root)
    {
        var errors = new List<string>();
        Check(Kinds[HelmChart.Scalar(root, "kind")!], root, "", errors);
        foreach (var rule in (HelmChart.Find(root, "spec", "groups") as YamlSequenceNode)?.SelectMany(RulesOf) ?? [])
        {
            if (HelmChart.Scalar(rule, "alert") is null == HelmChart.Scalar(rule, "record") is null)
            {
                errors.Add("spec.groups[].rules[]: needs one of alert and record");
            }
        }

        return errors;
    }

    private static IEnumerable<YamlNode> RulesOf(YamlNode group) => HelmChart.Find(group, "rules") as YamlSequenceNode ?? [];

    private static void Check(Node known, YamlNode node, string path, List<string> errors)
    {
        switch (node)
        {
            case YamlMappingNode map when known.Members.Count > 0 && !known.Members.ContainsKey("[]"):
                foreach (var (key, value) in map.Children)
                {
                    var name = ((YamlScalarNode)key).Value!;
                    if (known.Members.GetValueOrDefault(name) is { } member || known.Members.TryGetValue("*", out member))
                    {
                        Check(member, value, $"{path}.{name}", errors);
                    }
                    else
                    {
                        errors.Add($"{path}.{name}: no such field");
                    }
                }

                errors.AddRange(known.Members.Where(m => m.Value.Required && !map.Children.ContainsKey(m.Key))
                    .Select(m => $"{path}.{m.Key}: missing"));
                break;
            case YamlSequenceNode list when known.Members.TryGetValue("[]", out var element):
                foreach (var item in list)
                {
                    Check(element, item, $"{path}[]", errors);
                }

                break;
            case YamlScalarNode scalar when known.Type is not null && IsOf(known.Type, (scalar.Value ?? "", HelmChart.Plain(scalar))):
                break;
            default:
                errors.Add($"{path}: {node} is no {known.Type ?? (known.Members.ContainsKey("[]") ? "list" : "object")}");
                break;
        }
    }

    private static bool IsOf(string type, (string Text, object? Read) value) => type switch
    {
        "text" => value.Read is string,
        "number" => value.Read is long,
        "flag" => value.Read is bool,
        "value" => value.Read is string or long,
        "scheme" => value.Text is "http" or "https",
        "version" => value.Text == "monitoring.coreos.com/v1",
        "duration" => value.Text.Length > 0 && Duration().IsMatch(value.Text),
        _ => throw new InvalidOperationException("No type " + type),
    };

    private static string Under(string prefix, string fields) => string.Join('\n', fields.Split('\n').Select(f => prefix + f));

    private static Node Parse(params string[] parts)
    {
        var root = new Node();
        foreach (var field in string.Join('\n', parts).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var (path, type) = (field.Split(" = ")[0], field.Split(" = ")[1]);
            var at = root;
            foreach (var step in path.Replace("[]", ".[]", StringComparison.Ordinal).Split('.'))
            {
                var name = step.TrimEnd('!');
                if (!at.Members.TryGetValue(name, out var member))
                {
                    at.Members.Add(name, member = new Node());
                }

                member.Required |= step.EndsWith('!');
                at = member;
            }

            at.Type = type;
        }

        return root;
    }

    [GeneratedRegex("^(0|([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?)$", RegexOptions.NonBacktracking)]
    private static partial Regex Duration();

    private sealed class Node
    {
        public Dictionary<string, Node> Members { get; } = new(StringComparer.Ordinal);

        public string? Type { get; set; }

        public bool Required { get; set; }
    }
}
