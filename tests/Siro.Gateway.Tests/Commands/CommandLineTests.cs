using System.CommandLine;
using Microsoft.Extensions.Time.Testing;
using Siro.Gateway.Commands;
using Siro.Gateway.Commands.Completion;
using Siro.Gateway.Commands.Listen;
using Siro.Gateway.Commands.Uploads;
using Siro.Gateway.Tests.Deployment;

namespace Siro.Gateway.Tests.Commands;

public sealed class CommandLineTests
{
    public static TheoryData<string> Commands() => [.. All(CommandsFeature.Create()).Select(c => c.Path)];

    [Theory]
    [InlineData("upload a.mp3 --titel x", "'siro-gateway upload' has no option --titel. Did you mean --title?")]
    [InlineData("listen 5050 --evnts=x", "'siro-gateway listen' has no option --evnts. Did you mean --events?")]
    [InlineData("events tail --jsn", "'siro-gateway events tail' has no option --jsn. Did you mean --json?")]
    [InlineData("replay x --prewiev", "'siro-gateway replay' has no option --prewiev. Did you mean --preview?")]
    [InlineData("doctor --xyzzy", "'siro-gateway doctor' has no option --xyzzy.")]
    [InlineData("lisen 5050", "'siro-gateway' has no command 'lisen'. Did you mean 'listen'?")]
    [InlineData("token chekc", "'siro-gateway token' has no command 'chekc'. Did you mean 'check'?")]
    [InlineData("events", "'siro-gateway events' needs a command: tail, show.")]
    public async Task A_wrong_word_is_told_with_the_right_one(string line, string said)
    {
        var (exitCode, output, error) = await RunAsync(line.Split(' '));
        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.Contains("--help'.", error, StringComparison.Ordinal);
    }

    /// <summary>Two letters of each option's name swapped, as fingers do.</summary>
    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_mistyped_option_of_each_command_is_told_with_the_right_one(string path)
    {
        var names = All(CommandsFeature.Create()).Single(c => c.Path == path).Command.Options.Select(o => o.Name)
            .Where(n => n.StartsWith("--", StringComparison.Ordinal));
        foreach (var name in names.Where(n => n[^1] != n[^2]))
        {
            var mistyped = name[..^2] + name[^1] + name[^2];
            var (exitCode, output, error) = await RunAsync([.. path.Split(' '), mistyped, "x"]);
            Assert.Equal((1, ""), (exitCode, output));
            Assert.Contains($"'siro-gateway {path}' has no option {mistyped}. Did you mean {name}?", error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Each_command_prints_JSON_and_stands_in_the_documentation_with_its_options(string path)
    {
        var page = RepositoryFiles.Read("docs", "commands.md");
        var command = All(CommandsFeature.Create()).Single(c => c.Path == path).Command;
        Assert.Contains($"siro-gateway {path}", page, StringComparison.Ordinal);
        Assert.All(command.Options.Where(o => o.Name is not ("--help" or "--version")),
            o => Assert.Contains($"`{o.Name}`", page, StringComparison.Ordinal));
        if (path != "completion")
        {
            Assert.Contains(command.Options, o => o.Name == "--json");
        }
    }

    [Fact]
    public void Every_exit_code_stands_in_the_documentation()
    {
        var page = RepositoryFiles.Read("docs", "commands.md");
        Assert.All(new[] { ExitCodes.Done, ExitCodes.Wrong, ExitCodes.Refused, ExitCodes.Away, ExitCodes.Interrupted },
            code => Assert.Contains($"| {code} |", page, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("siro-gateway li", "listen")]
    [InlineData("/app/siro-gateway li", "listen")]
    [InlineData("siro-gateway listen 5050 --ev", "--events")]
    [InlineData("siro-gateway replay x --status de", "dead")]
    [InlineData("siro-gateway completion ", "bash", "pwsh", "zsh")]
    public void A_shell_is_given_the_words_that_may_follow(string line, params string[] words) =>
        Assert.Equal(words,
            CompletionCommand.Suggestions(CommandsFeature.Create(), line, line.Length).Where(w => w != "--help")
            .Intersect(words, StringComparer.Ordinal).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("bash", "complete -o default -F _siro_gateway siro-gateway")]
    [InlineData("zsh", "#compdef siro-gateway")]
    [InlineData("pwsh", "Register-ArgumentCompleter -Native -CommandName 'siro-gateway'")]
    public async Task Each_shell_has_its_script(string shell, string line)
    {
        var (exitCode, output, _) = await RunAsync("completion", shell);
        Assert.Equal(0, exitCode);
        Assert.Contains(line, output, StringComparison.Ordinal);
        Assert.Contains("completion suggest --position", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("5050", "http://localhost:5050/")]
    [InlineData("localhost:5050/hooks", "http://localhost:5050/hooks")]
    [InlineData("https://127.0.0.1:5051", "https://127.0.0.1:5051/")]
    [InlineData("http://[::1]:5052/x", "http://[::1]:5052/x")]
    public void An_application_of_this_machine_is_written_in_several_ways(string text, string url) =>
        Assert.Equal(url, ListenCommand.Target(text).AbsoluteUri);

    [Theory]
    [InlineData("http://10.0.0.1:80")]
    [InlineData("http://example.com")]
    [InlineData("ftp://localhost/x")]
    [InlineData("http://user:word@localhost:5050")]
    public void An_address_elsewhere_is_refused(string text) =>
        Assert.Equal(1, Assert.Throws<CommandFailure>(() => ListenCommand.Target(text)).ExitCode);

    [Theory]
    [InlineData("30m", 30)]
    [InlineData("12h", 720)]
    [InlineData("2d", 2880)]
    public void A_moment_is_how_long_ago(string text, int minutes)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56));
        Assert.Equal(clock.GetUtcNow().AddMinutes(-minutes), Moments.Past(text, "--since", clock));
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("-5m")]
    [InlineData("9999-01-01T00:00:00Z")]
    public void What_is_no_moment_of_the_past_is_told(string text) =>
        Assert.Contains("--since",
            Assert.Throws<CommandFailure>(() => Moments.Past(text, "--since",
            new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56)))).Message, StringComparison.Ordinal);

    [Fact]
    public void Of_several_files_each_keeps_its_idempotency_key_whatever_else_is_there()
    {
        var (one, other) = (new FileInfo("a.mp3"), new FileInfo("b.mp3"));
        Assert.Equal("k", UploadFiles.Key("k", one, 1));
        Assert.Equal(UploadFiles.Key("k", one, 2), UploadFiles.Key("k", one, 5));
        Assert.NotEqual(UploadFiles.Key("k", one, 2), UploadFiles.Key("k", other, 2));
    }

    [Fact]
    public void Files_of_one_name_in_two_folders_are_two_files()
    {
        FileInfo[] files = [new(Path.Combine("monday", "a.mp3")), new(Path.Combine("tuesday", "a.mp3")), new("b.mp3")];
        Assert.Equal(3, files.Select(f => UploadFiles.Key("k", f, 3)).Distinct().Count());
        Assert.Equal(
            [Path.Combine("monday", "a.mp3"), Path.Combine("tuesday", "a.mp3"), "b.mp3"], files.Select(f => UploadFiles.Label(f, files)));
    }

    private static IEnumerable<(string Path, Command Command)> All(Command root, string path = "") =>
        root.Subcommands.Where(c => !c.Hidden).SelectMany(c =>
        c.Action is null ? All(c, path + c.Name + " ") : [(path + c.Name, c)]);

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await CommandLine.RunAsync(args, new InvocationConfiguration { Output = output, Error = error });
        return (exitCode, output.ToString(), error.ToString());
    }
}
