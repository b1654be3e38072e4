using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Tests.SiroApi;

public partial class BudgetHeadersTests
{
    [Theory]
    [InlineData(250, 60, 12, 7)]
    [InlineData(1, 1, 0, 0)]
    [InlineData(100_000_000, 3600, 100_000_000, 3600)]
    public void They_are_structured_fields_of_one_string_with_whole_numbers(int quota, int window, int remaining, int reset)
    {
        var headers = new HeaderDictionary();
        BudgetHeaders.Write(headers, new BudgetShare(quota, window, remaining, reset));
        Assert.Equal($"client q={quota} w={window}", Parse(headers["RateLimit-Policy"].ToString()));
        Assert.Equal($"client r={remaining} t={reset}", Parse(headers["RateLimit"].ToString()));
    }

    /// <summary>A list of one item (RFC 9651, 3.1 and 3.3): a string, and parameters that are integers of at most 15 digits.</summary>
    private static string Parse(string field)
    {
        var item = Item().Match(field);
        Assert.True(item.Success, field);
        var parsed = item.Groups["name"].Value;
        for (var i = 0; i < item.Groups["key"].Captures.Count; i++)
        {
            parsed += string.Create(CultureInfo.InvariantCulture,
                $" {item.Groups["key"].Captures[i].Value}={long.Parse(item.Groups["value"].Captures[i].Value, CultureInfo.InvariantCulture)}");
        }

        return parsed;
    }

    [GeneratedRegex("""^"(?<name>[\x20-\x21\x23-\x5b\x5d-\x7e]*)"(;(?<key>[a-z*][a-z0-9_.*-]*)=(?<value>-?[0-9]{1,15}))*$""",
        RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Item();
}
