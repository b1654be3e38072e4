using System.Globalization;

namespace Siro.Sandbox.Terminal;

/// <summary>What the user sees: short lines, 80 characters wide; colour and moving progress only on a terminal.</summary>
internal sealed class Screen
{
    private const string Green = "\e[32m";
    private const string Red = "\e[31m";
    private const string Dim = "\e[2m";
    private const string Bold = "\e[1m";
    private const string Plain = "\e[0m";
    private readonly Lock _gate = new();
    private readonly bool _terminal = !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") is not "dumb";
    private bool _unfinished;

    public static string Duration(TimeSpan time) => time.TotalSeconds < 1
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0} ms")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");

    public void Title(string text)
    {
        Line();
        Line(Styled(Bold, text));
    }

    public void Line(string text = "")
    {
        lock (_gate)
        {
            if (_unfinished)
            {
                Console.Write("\r\e[K");
                _unfinished = false;
            }

            Console.WriteLine(text);
        }
    }

    public void Started(string what, string where, TimeSpan took) =>
        Line($"  {Styled(Green, "ok")}    {what,-18} {where,-42} {Styled(Dim, Duration(took).PadLeft(8))}");

    /// <summary>A step that went well or not.</summary>
    public void Check(bool good, string what, string detail, TimeSpan? took = null)
    {
        var time = took is { } t ? Styled(Dim, Duration(t).PadLeft(8)) : "";
        Line($"  {(good ? Styled(Green, "ok  ") : Styled(Red, "FAIL"))}  {what,-43} {detail,-19}{time}".TrimEnd());
    }

    public void Note(string text) => Line($"        {Styled(Dim, text)}");

    /// <summary>A bar that grows in place on a terminal; nothing where output goes to a file.</summary>
    public void Progress(string what, long done, long total)
    {
        if (!_terminal)
        {
            return;
        }

        const int width = 30;
        var filled = total == 0 ? width : (int)(done * width / total);
        lock (_gate)
        {
            Console.Write($"\r\e[K        {what} [{new string('#', filled)}{new string('.', width - filled)}] "
                + $"{(total == 0 ? 100 : done * 100 / total)} %");
            _unfinished = true;
        }
    }

    public string Good(string text) => Styled(Green, text);

    public string Bad(string text) => Styled(Red, text);

    private string Styled(string style, string text) => _terminal ? style + text + Plain : text;
}
