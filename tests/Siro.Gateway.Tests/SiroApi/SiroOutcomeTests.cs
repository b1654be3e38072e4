using System.Reflection;
using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Tests.SiroApi;

public sealed class SiroOutcomeTests
{
    [Fact]
    public void The_docs_show_every_outcome_as_it_is()
    {
        var root = typeof(SiroOutcomeTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .First(a => a.Key == "RepositoryRoot").Value!;
        var rows = File.ReadLines(Path.Combine(root, "docs", "errors.md"))
            .SkipWhile(l => l != "| code | status | at Siro | means |").Skip(2).TakeWhile(l => l.StartsWith('|'));

        Assert.Equal(
            SiroOutcome.All.Select(o => $"| `{o.Code}` | {o.Status} | {o.When} | {o.Verdict.ToString().ToLowerInvariant()} |"),
            rows);
    }

    [Theory]
    [InlineData(400, "siro_rejected")]
    [InlineData(401, "siro_unauthorized")]
    [InlineData(403, "siro_forbidden")]
    [InlineData(404, "siro_not_found")]
    [InlineData(409, "siro_rejected")]
    [InlineData(418, "siro_error")]
    [InlineData(422, "siro_rejected")]
    [InlineData(429, "siro_throttled")]
    [InlineData(500, "siro_error")]
    [InlineData(503, "siro_error")]
    public void Each_status_has_one_meaning(int status, string code)
    {
        using var response = new HttpResponseMessage((System.Net.HttpStatusCode)status);

        Assert.Equal(code, SiroOutcome.Of(response).Code);
    }

    [Theory]
    [InlineData(408, nameof(SiroVerdict.Unknown))]
    [InlineData(418, nameof(SiroVerdict.Permanent))]
    [InlineData(302, nameof(SiroVerdict.Permanent))]
    [InlineData(401, nameof(SiroVerdict.Permanent))]
    [InlineData(429, nameof(SiroVerdict.Wait))]
    [InlineData(500, nameof(SiroVerdict.Unknown))]
    public void Each_status_is_for_good_or_not(int status, string verdict)
    {
        using var response = new HttpResponseMessage((System.Net.HttpStatusCode)status);

        Assert.Equal(verdict, SiroOutcome.Of(response).Verdict.ToString());
    }

    [Theory]
    [InlineData(502, "siro_unauthorized", null, true)]
    [InlineData(502, "siro_cdn_refused", 403, true)]
    [InlineData(502, "siro_error", 418, true)]
    [InlineData(502, "siro_error", 500, false)]
    [InlineData(502, "siro_error", null, false)]
    [InlineData(502, "siro_unreachable", null, false)]
    [InlineData(429, "siro_throttled", 429, false)]
    [InlineData(429, "budget_exhausted", null, false)]
    [InlineData(503, "store_unavailable", null, false)]
    [InlineData(409, "in_progress", null, false)]
    [InlineData(403, "user_forbidden", null, true)]
    [InlineData(422, "invalid_metadata", null, true)]
    public void A_problem_is_for_good_by_the_same_table(int status, string code, int? siroStatus, bool permanent)
    {
        var problem = new Problem(
            status, code, "-") { Extensions = siroStatus is { } told ? new Dictionary<string, object?> { ["siroStatus"] = told } : null };

        Assert.Equal(permanent, SiroOutcome.IsPermanent(problem));
    }

    [Fact]
    public void Only_a_failure_to_connect_tells_that_nothing_was_sent()
    {
        Assert.Equal("siro_unreachable", SiroOutcome.Of(new HttpRequestException(HttpRequestError.ConnectionError)).Code);
        Assert.Equal("siro_unreachable", SiroOutcome.Of(new HttpRequestException(HttpRequestError.NameResolutionError)).Code);
        Assert.Equal("siro_broken_answer", SiroOutcome.Of(new HttpRequestException(HttpRequestError.ResponseEnded)).Code);
        Assert.Equal("siro_broken_answer", SiroOutcome.Of(new IOException()).Code);
    }
}
