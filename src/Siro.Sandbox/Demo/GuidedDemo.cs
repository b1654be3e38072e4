using System.Globalization;
using System.Net.Sockets;
using Siro.Sandbox.Terminal;

namespace Siro.Sandbox.Demo;

/// <summary>Plays the gateway's three jobs on real recordings, and checks what came of it at the other end.</summary>
internal static class GuidedDemo
{
    /// <summary>The appointment that the recordings are linked to.</summary>
    public const string Appointment = "appt-demo";

    /// <returns>The exit code: 0, or 1 when a check failed.</returns>
    public static async Task<int> PlayAsync(Sandbox sandbox, Screen screen, CancellationToken cancel)
    {
        var report = new Report(screen);
        using var caller = new GatewayCaller(sandbox.Address, sandbox.Secrets.ApiKey);

        screen.Title("1. Proxy: one address for three hosts, each with its own credential");
        await TryAsync(report, "proxy", () => new ProxyJob(sandbox, caller, report).PlayAsync(cancel));

        screen.Title("2. Upload: one POST becomes Siro's three steps");
        IReadOnlyList<string> recordings = [];
        await TryAsync(report, "upload", async () => recordings = await new UploadJob(sandbox, caller, screen, report).PlayAsync(cancel));

        screen.Title("3. Webhooks: Siro's events reach two subscribers");
        await TryAsync(report, "webhooks", () => new WebhookJob(sandbox, screen, report).PlayAsync(recordings, cancel));
        return Summarize(sandbox, screen, report);
    }

    /// <summary>One job that breaks doesn't hide the others.</summary>
    private static async Task TryAsync(Report report, string job, Func<Task> play)
    {
        try
        {
            await play();
        }
        catch (Exception e) when (e is HttpRequestException or SocketException)
        {
            report.Check(false, $"{job}: no answer from the gateway", e.Message);
        }
    }

    private static int Summarize(Sandbox sandbox, Screen screen, Report report)
    {
        screen.Title("Summary");
        var siro = sandbox.Siro;
        screen.Line(string.Create(CultureInfo.InvariantCulture,
            $"  {report.Checks} checks in {Screen.Duration(report.Elapsed)}; Siro saw {siro.Journal.Last} requests, minted "
                + $"{siro.Journal.Mints().Count} user tokens, holds {siro.State.Recordings.Count} recordings"));
        if (report.Failures.Count == 0)
        {
            screen.Line($"  {screen.Good("All went well.")}");
            return 0;
        }

        screen.Line($"  {screen.Bad(string.Create(CultureInfo.InvariantCulture, $"{report.Failures.Count} failed:"))}");
        foreach (var failure in report.Failures)
        {
            screen.Line($"  - {failure.Trim()}");
        }

        screen.Line("  The gateway's last lines:");
        screen.Line(sandbox.Gateway.Tail(15));
        return 1;
    }
}
