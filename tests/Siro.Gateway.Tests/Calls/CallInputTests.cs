using System.Text;
using Microsoft.AspNetCore.Http;
using Siro.Gateway.Calls.Api;

namespace Siro.Gateway.Tests.Calls;

/// <summary>The time zone is the whole process's: nothing else runs meanwhile.</summary>
[CollectionDefinition(nameof(CallInputTests), DisableParallelization = true)]
public sealed class TimeZoneCollection;

[Collection(nameof(CallInputTests))]
public sealed class CallInputTests
{
    [Theory]
    [InlineData("2026-07-15T14:00:00Z", 14)]
    [InlineData("2026-07-15T14:00:00+05:00", 9)]
    [InlineData("2026-07-15T14:00:00", 14)]
    [InlineData("2026-07-15T14:00:00.1234567", 14)]
    public async Task A_call_without_an_offset_began_at_that_time_of_UTC_wherever_the_gateway_runs(string startedAt, int hour)
    {
        Environment.SetEnvironmentVariable("TZ", "America/New_York");
        TimeZoneInfo.ClearCachedData();
        try
        {
            var (request, problem) = await ReadAsync($$"""{"startedAt":"{{startedAt}}"}""");

            Assert.Null(problem);
            Assert.Equal(hour, request!.StartedAt!.Value.UtcDateTime.Hour);
        }
        finally
        {
            Environment.SetEnvironmentVariable("TZ", null);
            TimeZoneInfo.ClearCachedData();
        }
    }

    [Theory]
    [InlineData("\"yesterday\"")]
    [InlineData("1772375400")]
    [InlineData("true")]
    public async Task What_is_no_time_is_an_error_of_its_field(string startedAt)
    {
        var (_, problem) = await ReadAsync($$"""{"startedAt":{{startedAt}}}""");

        Assert.Equal(("invalid_call", "startedAt"), (problem!.Code, Assert.Single(problem.Errors!).Field));
    }

    [Fact]
    public async Task No_time_at_all_is_left_to_the_check() => Assert.Null((await ReadAsync("""{"startedAt":null}""")).Request!.StartedAt);

    private static Task<(CallRequest? Request, Siro.Gateway.Common.Problem? Problem)> ReadAsync(string json) =>
        CallInput.ReadAsync(new DefaultHttpContext { Request = { Body = new MemoryStream(Encoding.UTF8.GetBytes(json)) } });
}
