using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace Siro.Gateway.Commands.Doctor;

/// <summary>
/// <c>siro-gateway doctor [--json] [--contracts [--user-token]]</c>: examines everything that the gateway needs, line by
/// line, with the remedy beside each verdict.
/// Exit code 1 when something fails; warnings do not fail. Nothing it prints is a secret, and what it makes (a token, a file) it removes.
/// </summary>
internal static class DoctorCommand
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(20);
    private static readonly JsonSerializerOptions Json = new(
        JsonSerializerDefaults.Web) { WriteIndented = true, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON object instead of a table." };
        var contracts =
            new Option<bool>("--contracts") { Description =
            "Compare Siro's answers with its published contract, by read operations alone, and examine nothing else." };
        var userToken = new Option<bool>("--user-token")
        {
            Description =
                "With --contracts: mint a user token of the OAuth app to read platform and internal too, and revoke it afterwards.",
        };
        userToken.Validators.Add(result =>
        {
            if (result.Implicit is false && !result.GetValue(contracts))
            {
                result.AddError("--user-token goes with --contracts; without it, doctor always tries one.");
            }
        });
        const string what = "Examine configuration, store, Siro, webhooks, spool, identity provider and telemetry.";
        var doctor = new Command("doctor", what + " Exit code 1 when something fails.")
        {
            json, contracts, userToken,
        };
        doctor.SetAction(async (parsed, cancellationToken) =>
        {
            var results = parsed.GetValue(contracts)
                ? await ContractsAsync(parsed.GetValue(userToken), cancellationToken)
                : await ExamineAsync(cancellationToken);
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                await output.WriteLineAsync(JsonSerializer.Serialize(new { verdict = results.Worst, findings = results.All }, Json));
            }
            else
            {
                Print(results, parsed.Screen());
            }

            return results.Worst == Verdict.Failure ? ExitCodes.Wrong : ExitCodes.Done;
        });
        return doctor;
    }

    /// <summary>Every check runs, whatever the ones before it found.</summary>
    internal static async Task<CheckResults> ExamineAsync(CancellationToken cancellationToken)
    {
        var results = new CheckResults();
        var configuration = ConfigurationCheck.Run(results);
        await RunAsync("store", token => StoreCheck.RunAsync(configuration, results, token));
        await SiroChecks.RunAsync(results, TimeLimit, cancellationToken);
        await RunAsync("spool", token => SpoolCheck.RunAsync(configuration, results, token));
        await RunAsync("identity", token => IdentityCheck.RunAsync(configuration, results, token));
        await RunAsync("telemetry", token => TelemetryCheck.RunAsync(configuration, results, token));
        return results;

        Task RunAsync(string area, Func<CancellationToken, Task> check) =>
            WithinAsync(TimeLimit, area, "time", results, check, cancellationToken);
    }

    /// <summary>Siro's contract alone, by read operations.</summary>
    private static async Task<CheckResults> ContractsAsync(bool mintsUserToken, CancellationToken cancellationToken)
    {
        var results = new CheckResults();
        await ContractChecks.RunAsync(results, mintsUserToken, TimeLimit, cancellationToken);
        return results;
    }

    /// <summary>Runs one check, and notes it when it takes too long.</summary>
    internal static async Task WithinAsync(TimeSpan timeout, string area, string subject, CheckResults results,
        Func<CancellationToken, Task> check, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, TimeProvider.System);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await check(both.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            results.Fail(area, subject, $"no answer within {timeout.TotalSeconds:0} s: broken off",
                "What it asks is slow or does not answer: look at the network and at the lines before this one.");
        }
    }

    private static void Print(CheckResults results, IAnsiConsole console)
    {
        // The remedy stands below its result: beside it, a terminal of 80 columns would break the settings that both name.
        var table = new Table().Border(TableBorder.Rounded).AddColumns("", "Subject", "Result, and the remedy");
        foreach (var result in results.All)
        {
            var (word, colour) = result.Verdict switch
            {
                Verdict.Ok => ("ok", "green"),
                Verdict.Warning => ("warning", "yellow"),
                _ => ("FAILURE", "red"),
            };
            table.AddRow(
                new Markup($"[{colour}]{word}[/]"),
                new Text($"{result.Area}: {result.Subject}"),
                new Text(result.Remedy is null ? result.What : $"{result.What}\n-> {result.Remedy}"));
        }

        console.Write(table);
        var failures = results.All.Count(f => f.Verdict == Verdict.Failure);
        var warnings = results.All.Count(f => f.Verdict == Verdict.Warning);
        console.WriteLine(failures == 0 ? $"In order, with {warnings} warning(s)." : $"{failures} failure(s), {warnings} warning(s).");
    }
}
