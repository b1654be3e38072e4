using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Siro.Gateway.Proxy;

namespace Siro.Gateway.Tests.Proxy;

public sealed class RequestTargetTests
{
    [Theory]
    [InlineData("/")]
    [InlineData("/v1/me")]
    [InlineData("/external/v1/core/users/")]
    [InlineData("/external/v1/core/users?x=../..&y=%2e%2e%2f&z=//")]
    [InlineData("/external/a.b/..c/d../...")]
    [InlineData("/external/a%20b/%3A/%2B/100%25/%C3%A4/%F0%9F%98%80")]
    [InlineData("/external/a;b=c/;/~user/(x)!$&'*+,=:@")]
    [InlineData("/external/a%2eb")]
    [InlineData("/external/x?q={\"a\":[1]}|<b>")]
    public void A_plain_path_passes(string target) => Assert.Null(RequestTarget.Fault(target));

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("host:80")]
    [InlineData("http://host/")]
    [InlineData("//")]
    [InlineData("/a//b")]
    [InlineData("/a//")]
    [InlineData("/.")]
    [InlineData("/..")]
    [InlineData("/a/../b")]
    [InlineData("/a/..;x=1/b")]
    [InlineData("/a/.;/b")]
    [InlineData("/a/%2E%2e/b")]
    [InlineData("/a/.%2e")]
    [InlineData("/a/%2e.%3bx/b")]
    [InlineData("/a/%2f")]
    [InlineData("/a/%5c")]
    [InlineData("/a\\b")]
    [InlineData("/a/%0d%0ab")]
    [InlineData("/a/%00")]
    [InlineData("/a/%7f")]
    [InlineData("/a/%C2%85")]
    [InlineData("/a/%252e")]
    [InlineData("/a/%25%32%65")]
    [InlineData("/a/%2")]
    [InlineData("/a/%")]
    [InlineData("/a/%g0")]
    [InlineData("/a/%c0%ae")]
    [InlineData("/a/%ff")]
    [InlineData("/a/%EF%BC%8F")]
    [InlineData("/a b")]
    [InlineData("/a#b")]
    [InlineData("/\u00e4")]
    [InlineData("/a?\u00e4")]
    [InlineData("/a?x#y")]
    [InlineData("/a?x\u0007")]
    public void A_path_that_could_be_read_in_two_ways_is_refused(string target) => Assert.NotNull(RequestTarget.Fault(target));

    [Fact]
    public void An_endless_target_is_refused() => Assert.NotNull(RequestTarget.Fault("/" + new string('a', 10_000)));

    /// <summary>The claim itself: decoded as often and as oddly as you like, a path that passed has the segments that it shows.</summary>
    [Fact]
    public void Whatever_passes_stays_below_its_prefix_however_it_is_decoded()
    {
        // Made of what attacks are made of, so that many of them nearly pass.
        var pieces = Gen.Elements(
            "/", ".", "..", "%2e", "%2E", "%2f", "%2F", "%5c", "\\", "%25", "25", "2e", "2f", ";", "%3b", "a", "b1", "%20", "%41", "%c0",
            "%ae", "%00", "%", "~", ":", "%EF%BC%8E");
        var targets = Gen.ListOf(pieces, 12).Select(p => "/external/" + string.Concat(p));
        Prop.ForAll(targets.ToArbitrary(), target => RequestTarget.Fault(target) is not null || StaysPut(target))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(20_000).WithReplay(1, 1));
    }

    [Fact]
    public void Ordinary_ids_are_never_refused()
    {
        var ids = ArbMap.Default.GeneratorFor<NonEmptyString>().Select(s => s.Get)
            .Where(s => s.All(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '-' or '_' or '@' or '+' or '(' or '\u00e4' or '\u4f60'));
        Prop.ForAll(ids.ToArbitrary(), id => string.IsNullOrWhiteSpace(id)
            || RequestTarget.Fault("/external/v1/core/users/" + Uri.EscapeDataString(id)) is null)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(1, 1));
    }

    private static bool StaysPut(string target)
    {
        var path = target;
        var segments = target.TrimEnd('/').Count(c => c == '/');
        for (var round = 0; round < 4; round++)
        {
            foreach (var segment in path.Replace('\\', '/').Split('/').Skip(1))
            {
                if (segment.Split(';')[0].Trim() is "." or "..")
                {
                    return false;
                }
            }

            if (path.Replace('\\', '/').TrimEnd('/').Count(c => c == '/') != segments || path.Contains("//", StringComparison.Ordinal)
                || path.Any(char.IsControl))
            {
                return false;
            }

            path = Uri.UnescapeDataString(path).Normalize(NormalizationForm.FormKC);
        }

        return true;
    }
}
