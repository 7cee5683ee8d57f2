using System.Text;
using Plumbline.Datasets.Profiling;

namespace Plumbline.Tests.Datasets.Profiling;

public sealed class TextLanguageTests
{
    [Theory]
    [InlineData("The hotel was clean and the staff were helpful, but I would not stay there again.", "en")]
    [InlineData("Das Hotel war sauber und die Leute sehr nett, aber ich würde nicht noch einmal kommen.", "de")]
    [InlineData("Le personnel est très gentil et la chambre est propre, mais il y a du bruit dans la rue.", "fr")]
    [InlineData("El hotel está muy bien y el personal es amable, pero la habitación no es grande.", "es")]
    [InlineData("O hotel é muito bom e os quartos são limpos, mas não gostei do café da manhã.", "pt")]
    [InlineData("Il libro è molto bello e lo consiglio a tutti, anche se non è per bambini.", "it")]
    [InlineData("Het boek is niet goed en ik heb het maar voor de helft gelezen.", "nl")]
    [InlineData("Книга очень понравилась, и я её уже посоветовал всем, кто это читает.", "ru")]
    [InlineData("Це дуже гарна книга, але вона не для дітей та не з бібліотеки.", "uk")]
    [InlineData("これはとても良い本です", "ja")]
    [InlineData("这本书非常好看", "zh")]
    [InlineData("이 책은 정말 좋아요", "ko")]
    [InlineData("Αυτό το βιβλίο είναι καλό", "el")]
    [InlineData("ok", "und")]
    [InlineData("12345", "und")]
    [InlineData("xqzt vbnm wrtp", "und")]
    public void Detect_Text_NamesItsLanguage(string text, string language) => new TextLanguage().Detect(Encoding.UTF8.GetBytes(text)).ShouldBe(language);
}
