package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/chancery/chancery/internal/screening/match"
)

// Spellings that the same name has in passports and newspapers: Latin ones
// first, then Cyrillic, then Arabic script. They were written down by hand and
// come from no rule of the comparison. Divided by blanks; one name a line.
const givenSpellings = `Muhammad Mohammed Mohamed Mohammad Muhammed Мухаммед Мухаммад محمد
Ahmad Ahmed Ahmet Akhmed Ахмед Ахмад أحمد
Mahmud Mahmoud Mahmood Makhmud Махмуд محمود
Huseyn Hussein Husain Hossein Guseyn Гусейн Хусейн حسين
Hasan Hassan Gasan Khasan Гасан Хасан حسن
Yusif Yusuf Youssef Yousef Iusuf Юсиф Юсуф يوسف
İbrahim Ibrahim Ebrahim Ibragim Ибрагим إبراهيم
İsmayıl Ismail Ismayil Esmail Исмаил إسماعيل
Əli Ali Aly Али علي
Ömər Omar Umar Omer Омар Умар عمر
Xalid Khalid Khaled Halid Халид خالد
Cavid Javid Javed Dzhavid Djavid Джавид جاويد
Camal Jamal Gamal Dzhamal Djamal Джамал جمال
Rəşid Rashid Rachid Rasheed Рашид رشيد
Şərif Sharif Sherif Cherif Шариф Шериф شريف
Tariq Tarik Tareq Tarek Тарик طارق
Vəlid Walid Valid Waleed Валид وليد
Ənvər Anvar Anwar Enver Анвар أنور
Səid Said Saeed Sayid Саид سعيد
Mustafa Moustafa Mostafa Мустафа مصطفى
Əbdülrəhman Abdulrahman Abdurrahman Abdelrahman Абдурахман عبدالرحمن
Əbdullah Abdullah Abdallah Abdoullah Абдулла عبدالله
Fərid Farid Fareed Ferid Фарид فريد
Kərim Karim Kareem Kerim Карим كريم
Fatimə Fatima Fatimah Fatma Фатима فاطمة
Zeynəb Zeynab Zaynab Zainab Zeynep Зейнаб زينب
Xədicə Khadija Khadijah Hatice Хадиджа خديجة
Məryəm Maryam Mariam Meryem Марьям مريم
Leyla Layla Leila Laila Лейла ليلى
Elçin Elchin Elcin Эльчин
Çingiz Chingiz Cingiz Genghis Чингиз
Vaqif Vagif Vaqif Vakif Вагиф
Qasım Qasim Gasim Kasim Kassem Гасым Касим قاسم
Şahin Shahin Sahin Chahin Шахин شاهين
Nurlan Noorlan Nourlan Нурлан
Tural Tooral Turall Турал
Rəşad Rashad Reshad Rachad Рашад رشاد
Aleksandr Alexander Alexandr Oleksandr Aliaksandr Александр
Sergey Sergei Serguei Sergiy Siarhei Сергей
Aleksey Alexei Alexey Aleksei Oleksii Алексей
Dmitriy Dmitry Dmitri Dimitri Dzmitry Дмитрий
Yuriy Yuri Yury Iurii Jurij Юрий
Yevgeniy Evgeny Yevgeny Evgenii Eugeny Евгений
Mikhail Michail Mihail Mykhailo Михаил
Fyodor Fedor Feodor Fiodor Фёдор
Nikolay Nikolai Nicolay Mykola Николай
Andrey Andrei Andrej Andrii Андрей
Tatyana Tatiana Tatjana Tetiana Татьяна
Yekaterina Ekaterina Katerina Kateryna Екатерина
Jürgen Jurgen Juergen
Björn Bjorn Bjoern
Stefan Stephan Stefan Stephane
François Francois Franswa
José Jose Josep
Giovanni Jovanni Djovanni
Goran Horan Горан
Živko Zivko Zhivko Живко
Nguyễn Nguyen
Kim Gim
Hryhoriy Grigory Grigori Hryhorii Григорий`

const familySpellings = `Əliyev Aliyev Aliev Alyev Алиев
Məmmədov Mammadov Mamedov Mammedov Мамедов
Hüseynov Huseynov Guseinov Husseinov Guseynov Гусейнов
Həsənov Hasanov Gasanov Hassanov Гасанов
Qasımov Gasimov Qasimov Kasimov Kasymov Касимов Гасымов
Cəfərov Jafarov Dzhafarov Djafarov Cafarov Джафаров
Xəlilov Khalilov Halilov Xalilov Халилов
Hacıyev Hajiyev Gadzhiev Gadjiyev Haciyev Гаджиев
İsmayılov Ismayilov Ismailov Ismaylov Исмаилов
Quliyev Guliyev Kuliev Quliev Кулиев Гулиев
Abbasov Abassov Abbasow Аббасов
Babayev Babaev Babayew Бабаев
Rəhimov Rahimov Ragimov Rakhimov Рагимов
Şükürov Shukurov Sukurov Shukyurov Шукюров
Əhmədov Ahmadov Akhmedov Ahmedov Ахмедов
Vəliyev Valiyev Veliev Valiev Велиев
Süleymanov Suleymanov Suleimanov Souleymanov Сулейманов
Kərimov Karimov Kerimov Керимов Каримов
Mustafayev Mustafaev Mustafayew Мустафаев
Çələbi Chalabi Celebi Chelebi Челеби چلبي
Şirinov Shirinov Sirinov Ширинов
Ağayev Aghayev Agayev Agaev Агаев
Tağıyev Taghiyev Tagiyev Tagiev Тагиев
Ivanov Iwanow Ivanoff Iwanov Иванов
Kuznetsov Kuznecov Kusnezow Kuznetzov Кузнецов
Shcherbakov Scherbakov Schtscherbakow Scerbakov Щербаков
Chaykovskiy Tchaikovsky Tschaikowski Chaikovskii Чайковский
Solovyov Soloviev Solovyev Solowjow Соловьёв
Zhukov Joukov Zukov Schukow Жуков
Yushchenko Iushchenko Juschtschenko Yuschenko Ющенко
Kovalchuk Kowaltschuk Kovaltchouk Ковальчук
Nikolić Nikolic Nikolich Nikolitch Николич
Petrović Petrovic Petrovich Petrovitch Петрович
al-Rashid Alrashid Al-Rasheed El-Rachid الرشيد
al-Masri Almasri El-Masry Al-Misri المصري
al-Shami Alshami Ash-Shami El-Chami الشامي
al-Husayni Al-Husseini Alhusaini El-Hosseini الحسيني
al-Sayyid Al-Sayed Elsayed El-Sayyed السيد
Qureshi Quraishi Koreshi Kureshi قريشي
Haddad Hadad Khaddad حداد
Khoury Khouri Houry Churi خوري
Mansur Mansour Mansoor Мансур منصور
Saleh Salih Saleeh Салех صالح
Othman Uthman Osman Осман عثمان
Nasser Nasir Naser Nassir Насер ناصر
Hosseini Husseini Hoseyni Husayni حسینی
Rezaei Rezai Rezaee Rezayi رضایی
Tabrizi Tabreezi Tabriezi تبریزی
Müller Mueller Muller
Großmann Grossmann Grosmann
Schäfer Schaefer Schafer
Öztürk Ozturk Oeztuerk
Yılmaz Yilmaz Jilmaz
Gonçalves Goncalves Gonsalves
O'Connor OConnor O’Connor
Novák Novak Nowak`

// namePool are names with their spellings, and many more that have one only.
type namePool struct{ given, family [][]string }

// People made of syllables, so that a million of them are not all namesakes.
const benchGiven, benchFamily = 3000, 40000

func newNamePool(r *rand.Rand) namePool {
	split := func(text string) [][]string {
		var out [][]string
		for _, line := range strings.Split(text, "\n") {
			out = append(out, strings.Fields(line))
		}
		return out
	}
	p := namePool{split(givenSpellings), split(familySpellings)}
	for range benchGiven {
		p.given = append(p.given, []string{invented(r, 2+r.IntN(2), "")})
	}
	endings := []string{"ov", "ova", "yev", "zade", "li", "oglu", "ski", "enko", "ic", "i", "an", "son", "mann", "es", "ez", "", "", "", ""}
	for range benchFamily {
		p.family = append(p.family, []string{invented(r, 2+r.IntN(2), endings[r.IntN(len(endings))])})
	}
	return p
}

func invented(r *rand.Rand, syllables int, ending string) string {
	begin := strings.Fields("b d f g h k l m n p r s t v z sh ch j kh gh br dr tr kr st y q")
	vowels := strings.Fields("a a a e i o u ou ee ai")
	var b strings.Builder
	for i := range syllables {
		b.WriteString(begin[r.IntN(len(begin))] + vowels[r.IntN(len(vowels))])
		if i == syllables-1 || r.IntN(3) == 0 {
			b.WriteString(strings.Fields("n r l m s d t k z sh b")[r.IntN(11)])
		}
	}
	name := b.String() + ending
	return strings.ToUpper(name[:1]) + name[1:]
}

// pick takes a name: some are far more common than others, and a fifth of all
// people have names with known spellings.
func pick(r *rand.Rand, names [][]string, known int) []string {
	if r.IntN(5) == 0 {
		return names[r.IntN(known)]
	}
	x := r.Float64()
	return names[int(x*x*float64(len(names)))]
}

// benchPerson is an invented person: each word of the name with its spellings.
type benchPerson struct {
	words       [][]string
	day         string
	nationality string
}

var benchStates = strings.Fields("AZE TUR RUS IRN IRQ SYR EGY GEO KAZ UZB UKR DEU FRA GBR PAK AFG LBN JOR SAU ARE YEM LBY TUN DZA MAR SDN SRB ITA ESP BRA")

func (p namePool) person(r *rand.Rand) benchPerson {
	given, family := strings.Count(givenSpellings, "\n")+1, strings.Count(familySpellings, "\n")+1
	words := [][]string{pick(r, p.given, given)}
	if r.IntN(2) == 0 {
		words = append(words, pick(r, p.given, given))
	}
	return benchPerson{
		words: append(words, pick(r, p.family, family)), nationality: benchStates[r.IntN(len(benchStates))],
		day: fmt.Sprintf("%d-%02d-%02d", 1945+r.IntN(60), 1+r.IntN(12), 1+r.IntN(28)),
	}
}

// entry is how the list has the person: seven in ten with the day of birth, two
// with the year, one with a range.
func (b benchPerson) entry(r *rand.Rand, id int) match.Entry {
	var words []string
	for _, w := range b.words {
		words = append(words, w[0])
	}
	birth := b.day
	switch n := r.IntN(10); {
	case n < 2:
		birth = b.day[:4]
	case n < 3:
		birth = fmt.Sprintf("%d/%d", benchYear(b.day)-1, benchYear(b.day)+2)
	}
	when, _ := match.ParseBirth(birth)
	return match.Entry{ID: fmt.Sprint("e", id), Kind: match.Individual, Names: []match.Name{{Text: strings.Join(words, " "), Quality: match.Primary}},
		Births: []match.Birth{when}, Nationalities: []string{b.nationality}}
}

func benchYear(day string) (year int) {
	_, _ = fmt.Sscanf(day, "%4d", &year)
	return year
}

// variantKinds are the ways in which a labelled question differs from its entry.
var variantKinds = []string{"same", "order", "spelling", "cyrillic", "arabic", "typo", "missing", "all"}

// variant asks for a person who is on the list in another way; ok is false when
// the name has none of that kind.
func (b benchPerson) variant(r *rand.Rand, kind string) (match.Subject, bool) {
	var words []string
	for _, spellings := range b.words {
		word := spellings[0]
		script := byScript(spellings)
		switch kind {
		case "spelling", "all":
			if kind == "spelling" && len(script[0]) < 2 {
				return match.Subject{}, false
			}
			word = script[0][r.IntN(len(script[0]))]
		case "cyrillic", "arabic":
			of := script[map[string]int{"cyrillic": 1, "arabic": 2}[kind]]
			if len(of) == 0 {
				return match.Subject{}, false
			}
			word = of[r.IntN(len(of))]
		}
		words = append(words, word)
	}
	if kind == "missing" && len(words) < 3 {
		return match.Subject{}, false
	}
	if (kind == "missing" || kind == "all") && len(words) == 3 {
		words = append(words[:1], words[2])
	}
	if kind == "order" || kind == "all" {
		words = append([]string{words[len(words)-1]}, words[:len(words)-1]...)
	}
	if kind == "typo" || kind == "all" {
		i := r.IntN(len(words))
		words[i] = typo(r, words[i])
	}
	birth := b.day
	switch n := r.IntN(10); {
	case n < 2:
		birth = b.day[:4]
	case n < 3:
		birth = b.day[:5] + b.day[8:] + "-" + b.day[5:7]
	}
	s := match.Subject{Names: []string{strings.Join(words, " ")}}
	if when, ok := match.ParseBirth(birth); ok {
		s.Births = []match.Birth{when}
	}
	if r.IntN(5) > 0 {
		s.Nationalities = []string{b.nationality}
	}
	return s, true
}

// byScript sorts spellings: Latin, Cyrillic, Arabic.
func byScript(spellings []string) [3][]string {
	var out [3][]string
	for _, s := range spellings {
		first := []rune(s)[0]
		switch {
		case first >= 0x400 && first < 0x530:
			out[1] = append(out[1], s)
		case first >= 0x600 && first < 0x780:
			out[2] = append(out[2], s)
		default:
			out[0] = append(out[0], s)
		}
	}
	return out
}

// typo makes one slip: a letter wrong, missing, added, or two swapped.
func typo(r *rand.Rand, word string) string {
	letters := []rune(word)
	if len(letters) < 3 {
		return word
	}
	i := 1 + r.IntN(len(letters)-2)
	other := rune('a' + r.IntN(26))
	switch r.IntN(4) {
	case 0:
		letters[i] = other
	case 1:
		letters = append(letters[:i], letters[i+1:]...)
	case 2:
		letters = append(letters[:i], append([]rune{other}, letters[i:]...)...)
	default:
		letters[i], letters[i+1] = letters[i+1], letters[i]
	}
	return string(letters)
}
