using System.Globalization;
using Siro.Gateway.Deliveries;

namespace Siro.Gateway.OperatorConsole.Overview;

/// <summary>Says why a subscription fails: what its newest failed delivery met, and what becomes of the others.</summary>
internal static class FailureWords
{
    /// <summary>Most characters that are shown of an endpoint's answer.</summary>
    private const int LongestAnswer = 200;

    /// <summary>How <see cref="Attempt.Escape"/> writes the ends of lines.</summary>
    private static readonly string[] LineEnds = ["\\u000a", "\\u000d"];

    public static string Of(DeliveryCounts? counts) => $"No attempt has succeeded since it began to fail. {Last(counts)}{Next(counts)}"
        .TrimEnd();

    /// <summary>The last failure that is known, with a blank behind it; empty where none is.</summary>
    public static string Last(DeliveryCounts? counts)
    {
        if (counts?.LastFailure is not { } failed)
        {
            return "";
        }

        var at = failed.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        var answer = FirstLine(failed.Answer) is { Length: > 0 } line ? $": “{line.TrimEnd('.')}”" : "";
        return $"Its newest failed delivery {What(failed)} ({at} UTC){answer}. ";
    }

    private static string Next(DeliveryCounts? counts) => counts switch
    {
        { Pending: var pending, Retrying: var retrying } when pending + retrying == 1 =>
            "1 delivery waits, and is tried again on its schedule.",
        { Pending: var pending, Retrying: var retrying } when pending + retrying > 1 =>
            $"{OverviewProblems.Number(pending + retrying)} deliveries wait, and are tried again on their schedule.",
        { Dead: > 0 } => "Nothing is tried again by itself: replay the dead letters once the endpoint works.",
        _ => "",
    };

    private static string What(Attempt failed) => failed.Error switch
    {
        "timeout" => "got no answer in time",
        "connect" => "got no connection to the endpoint",
        "address_forbidden" => "was not sent: the endpoint's address is not allowed",
        "redirect" => $"was answered with {failed.Status}, a redirect, which is not followed",
        "broken_answer" => "got an answer that broke off",
        "unsigned" => "was not sent: there is no secret to sign it with",
        _ => $"was answered with {failed.Status}",
    };

    private static string? FirstLine(string? answer) =>
        answer?.Split(LineEnds, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault() is { } line
            ? OverviewProblems.Cut(line, LongestAnswer)
            : null;
}
