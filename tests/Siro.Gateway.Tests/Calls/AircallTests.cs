using System.Text;
using Microsoft.AspNetCore.Http;
using Siro.Gateway.Calls;
using Siro.Gateway.Calls.Sources;
using Siro.Gateway.Common;

namespace Siro.Gateway.Tests.Calls;

public sealed class AircallTests
{
    [Theory]
    [InlineData("\"recording\":null,\"answered_at\":null", false)]
    [InlineData("\"answered_at\":null", false)]
    [InlineData("\"recording\":\"\",\"answered_at\":null,\"missed_call_reason\":\"agents_did_not_answer\"", false)]
    [InlineData("\"recording\":null,\"answered_at\":1700000000", true)]
    [InlineData("\"recording\":null", true)]
    [InlineData("\"recording\":\"https://a.example/1.mp3\",\"answered_at\":null", true)]
    [InlineData("\"recording\":\"https://a.example/1.mp3\",\"answered_at\":1700000000", true)]
    public void A_call_that_nobody_answered_has_no_recording_to_wait_for(string fields, bool isCall)
    {
        foreach (var name in new[] { "call.ended", "call.comm_assets_generated" })
        {
            var body = $$"""{"token":"12345","event":"{{name}}","data":{"id":7,{{fields}}} }""";
            var request = new SourceRequest(
                ["https://x/"], new HeaderDictionary(), new QueryCollection(), "application/json", Encoding.UTF8.GetBytes(body));
            var source = new CallSourceOptions { Type = "aircall", Secret = new Secret("12345") };
            Assert.Equal(isCall ? 1 : 0, new AircallSource().Read(request, source).Notices.Count);
        }
    }
}
