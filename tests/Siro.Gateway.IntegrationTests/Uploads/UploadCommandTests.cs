using System.Reflection;
using System.Text.Json;
using Siro.Emulator.Faults;
using Siro.Gateway.IntegrationTests.Infrastructure;

namespace Siro.Gateway.IntegrationTests.Uploads;

public sealed class UploadCommandTests(UploadsFixture gateway) : IClassFixture<UploadsFixture>
{
    private static readonly string Assets = Path.Combine(
        typeof(UploadCommandTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "RepositoryRoot").Value!,
        "tests", "assets");

    [Fact]
    public async Task A_person_at_a_terminal_uploads_with_one_line()
    {
        var (code, output) = await RunAsync(Path.Combine(Assets, "call.mp3"), "--rep", "rep1@example.com", "--title", "From the terminal",
            "--connection", "i1", "--crm", "Lead:l1", "--result", "not closed");

        Assert.True(code == 0, output);
        var recording = gateway.Emulator.State.Recordings.All.Single(r => r.Title == "From the terminal");
        Assert.Contains($"Recording {recording.Id} was created", output, StringComparison.Ordinal);
        Assert.Contains("Note: Siro links only CRM objects", output, StringComparison.Ordinal);
        Assert.Equal(("not closed", "Lead", "l1"), (recording.Result, recording.CrmObjects[0].Type, recording.CrmObjects[0].Id));
        Assert.Equal(Recordings.Call("mp3"), gateway.Emulator.Objects.Find(recording.ObjectName!)!.ReadAllBytes());
    }

    [Fact]
    public async Task Every_error_is_said_by_its_field()
    {
        var (code, output) = await RunAsync(Path.Combine(Assets, "call.mp3"), "--result", "won");

        Assert.Equal(2, code);
        Assert.Contains("[invalid_metadata]", output, StringComparison.Ordinal);
        Assert.Contains("result must be one of", output, StringComparison.Ordinal);
        Assert.Contains("userId one of userId, userEmail, userPhone", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--idempotency-key", "two\nlines", "--idempotency-key must be one line of ASCII characters")]
    [InlineData("--act-as", "j\u00fcrgen@example.com", "--act-as must be one line of ASCII characters")]
    public async Task What_no_header_can_carry_is_said_at_once(string option, string value, string said)
    {
        var (code, output) = await RunAsync(Path.Combine(Assets, "call.mp3"), "--rep", "rep1@example.com", option, value);

        Assert.Equal(1, code);
        Assert.Contains(said, output, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_is_uploaded_file_by_file_and_one_that_is_refused_stops_no_other()
    {
        using var folder = new TemporaryDirectory();
        File.Copy(Path.Combine(Assets, "call.mp3"), Path.Combine(folder.Path, "a.mp3"));
        File.Copy(Path.Combine(Assets, "call.wav"), Path.Combine(folder.Path, "b.wav"));
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "c.mp3"), "no sound at all");
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "notes.txt"), "not meant");

        var (code, output) = await RunAsync(
            folder.Path, "--rep", "rep1@example.com", "--title", "From a folder", "--idempotency-key", "folder");

        Assert.True(code == 2, output);
        Assert.Contains("2 of 3 files uploaded.", output, StringComparison.Ordinal);
        Assert.Contains("c.mp3: ", output, StringComparison.Ordinal);
        Assert.Contains("[not_audio]", output, StringComparison.Ordinal);
        Assert.Equal(2, gateway.Emulator.State.Recordings.All.Count(r => r.Title == "From a folder"));

        // The same command again makes nothing twice.
        await RunAsync(folder.Path, "--rep", "rep1@example.com", "--title", "From a folder", "--idempotency-key", "folder");
        Assert.Equal(2, gateway.Emulator.State.Recordings.All.Count(r => r.Title == "From a folder"));
    }

    [Fact]
    public async Task Several_files_answer_with_one_object_a_line()
    {
        var (code, output) = await RunAsync(
            Path.Combine(Assets, "call.mp3"), Path.Combine(Assets, "call.wav"), "--rep", "rep1@example.com", "--json");

        Assert.True(code == 0, output);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToArray();
        Assert.Equal(
            ["call.mp3", "call.wav"], lines.Select(l => Path.GetFileName(l.GetProperty("file").GetString())).Order(StringComparer.Ordinal));
        Assert.All(lines, l => Assert.NotEmpty(l.GetProperty("upload").GetProperty("recordingId").GetString()!));
    }

    [Fact]
    public async Task A_misspelt_option_is_told_with_the_right_one_and_nothing_is_sent()
    {
        var (code, output) = await RunAsync(Path.Combine(Assets, "call.mp3"), "--titel", "x");

        Assert.Equal(1, code);
        Assert.Contains("'siro-gateway upload' has no option --titel. Did you mean --title?", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_server_in_place_of_the_gateway_is_named_as_none()
    {
        gateway.Emulator.Faults.Add(new FaultRule { Host = "platform", Path = "/v1/uploads", Status = 200, Body = """{"ok":true}""",
            When = FaultMoment.Body, Times = 1 });
        var (code, output) = await RunAsync(
            Path.Combine(Assets, "call.mp3"), "--rep", "rep1@example.com", "--gateway", gateway.Emulator.Platform.ToString());

        Assert.Equal(3, code);
        Assert.Contains("What answers there is no gateway", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", output, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal) {
            ["SIRO_GATEWAY_URL"] = gateway.Gateway.Address.ToString(), ["SIRO_GATEWAY_API_KEY"] = GatewaySettings.AdminKey };
        await using var process = GatewayProcess.Run(environment, ["upload", .. arguments]);
        var code = await process.WaitForExitAsync(TimeSpan.FromSeconds(30));
        return (code, string.Join('\n', process.Output));
    }
}
