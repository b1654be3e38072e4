using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Siro.Gateway.Tests.Deployment;

/// <summary>
/// deploy/: the compose file, Prometheus, Grafana. What they ask the gateway for is looked up in a scrape by the integration tests.
/// </summary>
public sealed partial class DeployFilesTests
{
    private static readonly string Folder = Path.Combine(RepositoryFiles.Root, "deploy");

    [Fact]
    public void The_compose_file_runs_the_five_and_whatever_it_mounts_or_builds_exists()
    {
        var services = Services();
        Assert.Equal(["emulator", "gateway", "grafana", "prometheus", "redis"], services.Keys.Order(StringComparer.Ordinal));
        var volumes = ((YamlMappingNode)Yaml("compose.yaml")["volumes"]).Children.Keys.Select(k => ((YamlScalarNode)k).Value!)
            .ToHashSet(StringComparer.Ordinal);
        foreach (var (name, service) in services)
        {
            if (HelmChart.Find(service, "build") is { } build)
            {
                var context = Path.GetFullPath(Path.Combine(Folder, HelmChart.Scalar(build, "context")!));
                Assert.True(File.Exists(Path.Combine(context, HelmChart.Scalar(build, "dockerfile")!)), $"{name} has no Dockerfile");
            }
            else
            {
                Assert.Matches("^[a-z/-]+:[v0-9][a-z0-9.-]+$", HelmChart.Scalar(service, "image")!);
            }

            foreach (var source in Strings(service, "volumes").Select(v => v.Split(':')[0]))
            {
                var path = Path.Combine(Folder, source);
                Assert.True(source.StartsWith('.') ? File.Exists(path) || Directory.Exists(path) : volumes.Contains(source),
                    $"{name} mounts {source}, which is not there");
            }

            Assert.All(Strings(service, "depends_on"), other => Assert.Contains(other, services.Keys));
        }

        var ports = services.SelectMany(s => Strings(s.Value, "ports")).Select(p => p.Split(':')[0]).ToList();
        Assert.Equal(ports.Distinct(StringComparer.Ordinal), ports);
    }

    [Fact]
    public void The_gateway_of_the_compose_file_starts_with_what_stands_there()
    {
        var gateway = Services()["gateway"];
        var settings =
            ((YamlMappingNode)gateway["environment"]).Children.ToDictionary(c => ((YamlScalarNode)c.Key).Value!.Replace("__", ":",
            StringComparison.Ordinal), c => ((YamlScalarNode)c.Value).Value, StringComparer.Ordinal);
        Assert.Equal(32, Convert.FromBase64String(settings["Store:EncryptionKeys:0"]!).Length);

        // The key of the curl line at the top is the one that is let in.
        var key = Key().Match(File.ReadAllText(Path.Combine(Folder, "compose.yaml"))).Groups[1].Value;
        Assert.Equal(
            "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))), settings["Clients:trial:ApiKeyHashes:0"]);

        // The emulator is told the same token and app.
        var emulator = Strings(Services()["emulator"], "command").ToList();
        Assert.Equal(settings["Siro:Organizations:acme:OrganizationToken"], emulator[emulator.IndexOf("--organization-token") + 1]);
        Assert.Equal(settings["Siro:Organizations:acme:OAuth:ClientId"], emulator[emulator.IndexOf("--client-id") + 1]);
        Assert.Equal(settings["Siro:Organizations:acme:OAuth:ClientSecret"], emulator[emulator.IndexOf("--client-secret") + 1]);
        Assert.Equal("service:gateway", HelmChart.Scalar(Services()["emulator"], "network_mode"));
        Assert.Equal(["gateway:" + settings["Telemetry:PrometheusPort"]],
            Strings(Yaml("prometheus", "prometheus.yaml")["scrape_configs"][0]["static_configs"][0], "targets"));

        using var app = Conventions.BuiltHost.Create([.. settings.Select(s => (s.Key, s.Value!))]) as IDisposable;
    }

    [Fact]
    public void The_dashboard_names_each_panel_says_what_it_shows_and_asks_for_something()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "grafana", "siro-gateway.json")));
        var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray().Where(p => p.GetProperty("type").GetString() != "row")
            .ToList();
        Assert.True(panels.Count >= 15);
        Assert.Equal(panels.Count, panels.Select(p => p.GetProperty("id").GetInt32()).Distinct().Count());
        Assert.All(panels, panel =>
        {
            Assert.NotEmpty(panel.GetProperty("title").GetString()!);
            Assert.NotEmpty(panel.GetProperty("description").GetString()!);
            Assert.All(panel.GetProperty("targets").EnumerateArray(),
                t => Assert.Contains("instance=~\"$instance\"", t.GetProperty("expr").GetString()!, StringComparison.Ordinal));
            var place = panel.GetProperty("gridPos");
            Assert.True(place.GetProperty("x").GetInt32() + place.GetProperty("w").GetInt32() <= 24);
        });
    }

    [Theory]
    [InlineData("deploy/prometheus/alerts.yaml", "helm/siro-gateway/files/alerts.yaml")]
    [InlineData("deploy/grafana/siro-gateway.json", "helm/siro-gateway/files/siro-gateway.json")]
    public void The_chart_carries_the_same(string file, string copy) =>
        Assert.Equal(RepositoryFiles.Read(file.Split('/')), RepositoryFiles.Read(copy.Split('/')));

    [Fact]
    public void Each_alert_is_explained_to_whoever_is_woken_by_it()
    {
        var runbook = RepositoryFiles.Read("docs", "operating.md");
        var rules = ((YamlSequenceNode)Yaml("prometheus", "alerts.yaml")["groups"]).SelectMany(g => (YamlSequenceNode)g["rules"]).ToList();
        Assert.True(rules.Count >= 8);
        Assert.All(rules, rule =>
        {
            var name = HelmChart.Scalar(rule, "alert")!;
            Assert.Contains($"### {name}\n", runbook, StringComparison.Ordinal);
            Assert.Matches("^(critical|warning)$", HelmChart.Scalar(rule, "labels", "severity")!);
            Assert.NotEmpty(HelmChart.Scalar(rule, "annotations", "summary")!);
            Assert.NotEmpty(HelmChart.Scalar(rule, "annotations", "description")!);
        });
    }

    private static YamlNode Yaml(params string[] path)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(File.ReadAllText(Path.Combine([Folder, .. path]))));
        return yaml.Documents[0].RootNode;
    }

    private static Dictionary<string, YamlNode> Services() =>
        ((YamlMappingNode)Yaml("compose.yaml")["services"]).Children.ToDictionary(
            s => ((YamlScalarNode)s.Key).Value!, s => s.Value, StringComparer.Ordinal);

    private static IEnumerable<string> Strings(YamlNode node, string name) => HelmChart.Find(node, name) switch
    {
        YamlSequenceNode list => list.Select(i => ((YamlScalarNode)i).Value!),
        YamlMappingNode map => map.Children.Keys.Select(k => ((YamlScalarNode)k).Value!),
        _ => [],
    };

    [GeneratedRegex("X-Api-Key: (sgw_[a-z0-9-]+)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Key();
}
