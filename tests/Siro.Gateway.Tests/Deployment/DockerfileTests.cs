using System.Text.RegularExpressions;

namespace Siro.Gateway.Tests.Deployment;

/// <summary>The image's recipe, as far as it can be judged without building it.</summary>
public sealed partial class DockerfileTests
{
    private static readonly string[] Lines = RepositoryFiles.Read("Dockerfile").Replace("\\\n", " ", StringComparison.Ordinal)
        .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    [Fact]
    public void Whatever_is_copied_exists_and_is_let_in_by_the_dockerignore()
    {
        var let = RepositoryFiles.Read(".dockerignore").Split('\n', StringSplitOptions.TrimEntries).Where(l => l.StartsWith('!'))
            .Select(l => l[1..]).ToList();
        var sources = Lines.Where(l => l.StartsWith("COPY ", StringComparison.Ordinal) && !l.Contains("--from", StringComparison.Ordinal))
            .SelectMany(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..^1]).ToList();
        Assert.NotEmpty(sources);
        Assert.All(sources, source =>
        {
            var path = Path.Combine(RepositoryFiles.Root, source);
            Assert.True(File.Exists(path) || Directory.Exists(path), $"{source} does not exist");
            Assert.Contains(let, l => source == l || source.StartsWith(l + "/", StringComparison.Ordinal));
        });
    }

    [Fact]
    public void What_the_project_refers_to_outside_of_its_folder_is_copied()
    {
        var project = RepositoryFiles.Read("src", "Siro.Gateway", "Siro.Gateway.csproj");
        var copied = string.Join(' ', Lines.Where(l => l.StartsWith("COPY ", StringComparison.Ordinal)));
        foreach (Match outside in Outside().Matches(project))
        {
            var path = Path.GetRelativePath(
                RepositoryFiles.Root, Path.GetFullPath(Path.Combine(RepositoryFiles.Root, "src", "Siro.Gateway", outside.Groups[1].Value)));
            Assert.True(
                copied.Split(' ').Any(c => path == c || path.StartsWith(c + "/", StringComparison.Ordinal)), $"{path} is not copied");
        }
    }

    [Fact]
    public void It_runs_as_nobody_without_a_shell_and_is_asked_by_the_binary_itself()
    {
        var last = Lines[(Array.FindLastIndex(Lines, l => l.StartsWith("FROM ", StringComparison.Ordinal)) + 1)..];
        Assert.Contains("USER $APP_UID", last);
        Assert.Contains("""ENTRYPOINT ["/app/siro-gateway"]""", last);
        Assert.Contains(last, l => l.StartsWith("HEALTHCHECK", StringComparison.Ordinal)
            && l.EndsWith("""CMD ["/app/siro-gateway", "health"]""", StringComparison.Ordinal));
        Assert.DoesNotContain(last, l => l.StartsWith("RUN ", StringComparison.Ordinal));
        Assert.Contains(last, l => l.StartsWith("VOLUME", StringComparison.Ordinal));
    }

    [Fact]
    public void Bases_are_named_by_tags()
    {
        var bases = Lines.Where(l => l.StartsWith("FROM ", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, bases.Count);
        Assert.All(bases, b => Assert.DoesNotContain("@sha256", b, StringComparison.Ordinal));
        Assert.Contains("chiseled", bases[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Restoring_comes_before_the_code_so_that_its_layer_stays_cached()
    {
        var restore = Array.FindIndex(Lines, l => l.StartsWith("RUN dotnet restore", StringComparison.Ordinal));
        var code = Array.FindIndex(Lines, l => l == "COPY src/Siro.Gateway src/Siro.Gateway");
        Assert.True(restore > 0 && code > restore);
    }

    [Fact]
    public void The_restore_layer_has_every_project_that_the_published_one_needs_and_nothing_else_of_the_code()
    {
        var restore = Array.FindIndex(Lines, l => l.StartsWith("RUN dotnet restore", StringComparison.Ordinal));
        var before = Lines[..restore].Where(l => l.StartsWith("COPY ", StringComparison.Ordinal))
            .SelectMany(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..^1]).Order(StringComparer.Ordinal);

        // What restore reads above the projects, where it exists; a lock file or a feed of one's own would belong here too.
        string[] shared = [
            "global.json", "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "nuget.config", "NuGet.config"];
        var needed = Projects("src/Siro.Gateway/Siro.Gateway.csproj").Concat(
            shared.Where(f => File.Exists(Path.Combine(RepositoryFiles.Root, f)))).Order(StringComparer.Ordinal);
        Assert.Equal(needed, before);
    }

    [Fact]
    public void What_is_published_is_what_was_restored()
    {
        var restore = Lines.Single(l => l.StartsWith("RUN dotnet restore", StringComparison.Ordinal));
        var publish = Lines.Single(l => l.StartsWith("RUN dotnet publish", StringComparison.Ordinal));
        Assert.All(new[] { "src/Siro.Gateway ", "-a $TARGETARCH", "-p:PublishReadyToRun=true" }, word =>
        {
            Assert.Contains(word, restore, StringComparison.Ordinal);
            Assert.Contains(word, publish, StringComparison.Ordinal);
        });
        Assert.Contains("--no-restore", publish, StringComparison.Ordinal);
    }

    [Fact]
    public void The_readme_builds_it_as_the_file_itself_says()
    {
        const string Command = "docker build -t siro-gateway .";
        Assert.Contains(Command, RepositoryFiles.Read("README.md"), StringComparison.Ordinal);
        Assert.Contains(Command, RepositoryFiles.Read("Dockerfile"), StringComparison.Ordinal);
    }

    /// <summary>A project and all that it refers to, from the repository's root.</summary>
    private static HashSet<string> Projects(string project)
    {
        var all = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>([project]);
        while (open.TryPop(out var next))
        {
            if (all.Add(next))
            {
                foreach (Match reference in Reference().Matches(RepositoryFiles.Read(next)))
                {
                    open.Push(Path.GetRelativePath(RepositoryFiles.Root,
                        Path.GetFullPath(Path.Combine(RepositoryFiles.Root, Path.GetDirectoryName(next)!, reference.Groups[1].Value))));
                }
            }
        }

        return all;
    }

    [GeneratedRegex(@"<ProjectReference Include=""([^""]+)""", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reference();

    [GeneratedRegex(@"(?:Include)=""(\.\./[^""]+)""", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Outside();
}
