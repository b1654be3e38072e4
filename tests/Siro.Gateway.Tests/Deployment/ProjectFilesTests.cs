using System.Text.RegularExpressions;
using YamlDotNet.Serialization;

namespace Siro.Gateway.Tests.Deployment;

/// <summary>What somebody who joins the project finds in its root.</summary>
public sealed partial class ProjectFilesTests
{
    [Fact]
    public void The_workflow_runs_the_script_that_continuous_integration_runs()
    {
        Assert.True(File.Exists(Path.Combine(RepositoryFiles.Root, ".ci", "run")));
        Assert.Matches(@"run: .*\.ci/run$",
            RepositoryFiles.Read(".github", "workflows", "ci.yml").Split('\n')
            .Single(l => l.Contains(".ci/run", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(".github/workflows/ci.yml")]
    [InlineData(".github/dependabot.yml")]
    [InlineData(".github/ISSUE_TEMPLATE/bug.yml")]
    [InlineData(".github/ISSUE_TEMPLATE/feature.yml")]
    [InlineData("deploy/prometheus/alerts.yaml")]
    public void It_is_YAML(string path) =>
        Assert.IsType<Dictionary<object, object>>(
            new DeserializerBuilder().Build().Deserialize<object>(RepositoryFiles.Read(path.Split('/'))));

    [Fact]
    public void Package_versions_are_sorted()
    {
        var names = Package().Matches(RepositoryFiles.Read("Directory.Packages.props")).Select(m => m.Groups[1].Value).ToList();
        Assert.NotEmpty(names);
        Assert.Equal(names.Order(StringComparer.OrdinalIgnoreCase), names);
    }

    [Fact]
    public void The_license_is_Apache_2()
    {
        Assert.Contains("Version 2.0, January 2004", RepositoryFiles.Read("LICENSE"), StringComparison.Ordinal);
        Assert.Contains("## [Unreleased]", RepositoryFiles.Read("CHANGELOG.md"), StringComparison.Ordinal);
    }

    [GeneratedRegex("PackageVersion Include=\"([^\"]+)\"", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Package();
}
