using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Siro.Gateway.Configuration;
using Spectre.Console;

namespace Siro.Gateway.Commands.Doctor;

/// <summary>
/// <c>siro-gateway doctor [--json]</c>: examines everything that the gateway needs, line by line, with the remedy beside each verdict.
/// Exit code 1 when something fails; warnings do not fail. Nothing it prints is a secret, and what it makes (a token, a file) it removes.
/// </summary>
internal static class DoctorCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON object instead of a table." };
        var doctor = new Command("doctor", "Examine configuration, store, Siro, webhooks, spool, identity provider and telemetry. Exit code 1 when something fails.") { json };
        doctor.SetAction(async (parsed, cancellationToken) =>
        {
            var findings = await ExamineAsync(cancellationToken);
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                await output.WriteLineAsync(JsonSerializer.Serialize(new { verdict = findings.Worst, findings = findings.All }, Json));
            }
            else
            {
                Print(findings, output);
            }

            return findings.Worst == Verdict.Failure ? 1 : 0;
        });
        return doctor;
    }

    /// <summary>Every check runs, whatever the ones before it found.</summary>
    internal static async Task<Findings> ExamineAsync(CancellationToken cancellationToken)
    {
        var findings = new Findings();
        var configuration = ConfigurationCheck.Run(findings);
        Func<CancellationToken, Task>[] checks =
        [
            token => StoreCheck.RunAsync(configuration, findings, token),
            token => SiroChecks.RunAsync(findings, token),
            token => SpoolCheck.RunAsync(configuration, findings, token),
            token => IdentityCheck.RunAsync(configuration, findings, token),
            token => TelemetryCheck.RunAsync(configuration, findings, token),
        ];
        foreach (var check in checks)
        {
            using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            try
            {
                await check(both.Token);
            }
            catch (InvalidConfigurationException)
            {
                // Each mistake has its line already.
                findings.Warn("siro", "organizations", "not examined: their configuration has mistakes", "Correct the configuration first.");
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                findings.Fail("doctor", "time", $"a check did not end within {Patience.TotalSeconds:0} s and was broken off", "Look at the line before this one: what it asks is slow or does not answer.");
            }
        }

        return findings;
    }

    private static void Print(Findings findings, TextWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        if (Console.IsOutputRedirected)
        {
            console.Profile.Width = 200;
        }

        var table = new Table().Border(TableBorder.Rounded).AddColumns("", "Area", "Subject", "Finding", "Remedy");
        foreach (var finding in findings.All)
        {
            var (word, colour) = finding.Verdict switch
            {
                Verdict.Ok => ("ok", "green"),
                Verdict.Warning => ("warning", "yellow"),
                _ => ("FAILURE", "red"),
            };
            table.AddRow(
                new Markup($"[{colour}]{word}[/]"), new Text(finding.Area), new Text(finding.Subject), new Text(finding.What), new Text(finding.Remedy ?? ""));
        }

        console.Write(table);
        var failures = findings.All.Count(f => f.Verdict == Verdict.Failure);
        var warnings = findings.All.Count(f => f.Verdict == Verdict.Warning);
        console.WriteLine(failures == 0 ? $"In order, with {warnings} warning(s)." : $"{failures} failure(s), {warnings} warning(s).");
    }
}
