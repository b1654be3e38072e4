using System.Globalization;
using System.Text;

namespace Siro.Emulator.Hosting;

/// <summary>Page sizes and opaque cursors of Siro's lists.</summary>
internal static class Cursor
{
    public static string? Of(int? position) => position is null ? null : Encode(position.Value.ToString(CultureInfo.InvariantCulture));

    public static string Encode(string text) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    public static bool TryDecode(string? cursor, out string text)
    {
        text = "";
        if (cursor is null)
        {
            return false;
        }

        var padded = cursor.Replace('-', '+').Replace('_', '/').PadRight((cursor.Length + 3) / 4 * 4, '=');
        var bytes = new byte[padded.Length];
        if (!Convert.TryFromBase64String(padded, bytes, out var length))
        {
            return false;
        }

        text = Encoding.UTF8.GetString(bytes, 0, length);
        return true;
    }

    /// <summary>False for a cursor that was never given out.</summary>
    public static bool TryPosition(Exchange x, out int position, string name = "cursor")
    {
        position = 0;
        var cursor = x.Query(name);
        return string.IsNullOrEmpty(cursor)
            || (TryDecode(cursor, out var text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out position));
    }

    public static int Size(Exchange x, string name, int otherwise, int most) =>
        int.TryParse(x.Query(name), NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size > 0
            ? Math.Min(size, most)
            : otherwise;

    public static Answer Invalid { get; } = Answer.Error(400, "Invalid cursor");
}
