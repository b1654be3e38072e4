using System.Text.Json;
using Siro.Gateway.Calls.Sources;
using Siro.Gateway.Tests.Deployment;

namespace Siro.Gateway.Tests.Calls;

public sealed class SourceTypesTests
{
    [Fact]
    public void The_schema_knows_every_kind_of_provider_and_no_other()
    {
        using var schema = JsonDocument.Parse(RepositoryFiles.Read("gateway.schema.json"));
        var words = Enums(schema.RootElement).Single(e => e.Contains("twilio", StringComparer.Ordinal));
        Assert.Equal(SourceRegistry.Types.Select(t => t.Type), words.Order(StringComparer.Ordinal));
        Assert.Equal(words.Distinct(StringComparer.Ordinal), words);
    }

    [Fact]
    public void Every_kind_has_a_row_in_the_page_about_calls()
    {
        var page = RepositoryFiles.Read("docs/calls.md");
        Assert.All(SourceRegistry.Types, t => Assert.Contains(t.Type, page, StringComparison.OrdinalIgnoreCase));
    }

    private static IEnumerable<string[]> Enums(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(m => m.NameEquals("enum") && m.Value.ValueKind == JsonValueKind.Array
            ? [[.. m.Value.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!)]]
            : Enums(m.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Enums),
        _ => [],
    };
}
