package demo

// origin is where an invented person comes from.
type origin struct {
	nationality string
	given       []string
	surnames    []string
	// shared says whether a family goes by one surname; where it changes with
	// sex, a family drawn here is of men or of women.
	shared bool
}

// origins: the home country first and more than once, since most come from it.
var origins = []origin{home, home, home, homeMen, homeMen, {
	nationality: "TUR", shared: true,
	given:    words("Ayşe, Mehmet, Zeynep, Çağlar, Şule, İbrahim, Gökçe, Ömer, Işıl, Uğur"),
	surnames: words("Yılmaz, Öztürk, Şahin, Çelik, Kılıç, Güneş, Aydın, Doğan"),
}, {
	nationality: "RUS", shared: true,
	given:    words("Алексей, Дмитрий, Сергей, Пётр, Юрий, Фёдор, Михаил"),
	surnames: words("Иванов, Кузнецов, Соловьёв, Щербаков, Фёдоров, Чайковский"),
}, {
	nationality: "RUS", shared: true,
	given:    words("Ekaterina, Anna, Olga, Irina, Natalia, Tatiana"),
	surnames: words("Smirnova, Volkova, Shchukina, Belyakova"),
}, {
	nationality: "EGY", shared: true,
	given:    words("محمد, فاطمة, أحمد, مريم, يوسف, نور الهدى"),
	surnames: words("عبد الرحمن, المصري, حسن, السيد"),
}, {
	nationality: "IRN", shared: true,
	given:    words("زهرا, علی\u200cرضا, مهدی, شیرین, کاوه"),
	surnames: words("حسینی, کریمی, تبریزی, رضایی"),
}, {
	nationality: "ARE", shared: true,
	given:    words("Abdulrahman Mohammed Abdullah Khalifa, Sheikha Hessa Saeed, Mariam Sultan Rashid"),
	surnames: words("Al Mansoori, Al Nuaimi, Al Ketbi"),
}, {
	nationality: "GBR", shared: true,
	given:    words("Charlotte, Oliver, Siân, Niamh, George Alexander, Zoë"),
	surnames: words("Smith, O'Connor, Fetherstonhaugh-Whitney, Llewellyn, MacDonald"),
}, {
	nationality: "DEU", shared: true,
	given:    words("Jürgen, Anneliese, Björn, Käthe, Maximilian Friedrich"),
	surnames: words("Müller, Großmann, von der Schulenburg, Schäfer, Meyer-Landrut"),
}, {
	nationality: "BRA", shared: true,
	given:    words("João Pedro, Maria da Conceição, Luís Otávio, Antônia"),
	surnames: words("de Oliveira e Silva, Gonçalves, dos Santos Araújo, Magalhães"),
}, {
	nationality: "IND", shared: true,
	given:    words("Priya, Arjun, Venkatanarasimharajuvaripeta, Lakshmi Devi, Rohan"),
	surnames: words("Sharma, Subramanian, Patel, Chakraborty"),
}, {
	nationality: "CHN", shared: true,
	given:    words("伟, 秀英, 建国, 子涵"),
	surnames: words("王, 李, 张, 欧阳"),
}, {
	nationality: "KOR", shared: true,
	given:    words("민준, 서연, 지훈, 하은"),
	surnames: words("김, 이, 박, 최"),
}, {
	nationality: "GEO", shared: true,
	given:    words("ნინო, გიორგი, თამარ, Levan, Mariam"),
	surnames: words("ბერიძე, Kapanadze, Gelashvili, Shevardnadze"),
}, {
	nationality: "KAZ", shared: true,
	given:    words("Әйгерім, Нұрлан, Данияр, Айжан"),
	surnames: words("Ахметов, Нұрпейісов, Сәрсенбаев"),
}, {
	nationality: "IDN",
	given:       words("Suharto, Sri Wahyuni, Budi, Dewi Lestari"),
	surnames:    words("Wijaya, Kusuma, Siregar, Hartono"),
}, {
	nationality: "HUN", shared: true,
	given:    words("Gergő, Erzsébet, Tünde, Árpád"),
	surnames: words("Nagy, Szőllősi, Kőszegi, Tóth"),
}}

var home = origin{
	nationality: "AZE", shared: true,
	given:    words("Aygün, Könül, Nərgiz, Şəbnəm, Gülnarə, Xədicə, Ülkər, Sevinc, Çinarə, Zöhrə, Fəridə, Təranə"),
	surnames: words("Məmmədova, Əliyeva, Hüseynova, Quliyeva, İbrahimova, Ağayeva, Şirinova, Cəfərova, Rəhimli, Bağırzadə"),
}

var homeMen = origin{
	nationality: "AZE", shared: true,
	given:    words("Əli, Rəşad, Vüqar, Tofiq, İlqar, Qəzənfər, Cavid, Şahin, Ömər, Üzeyir, Fərid, Məhəmməd Əmin"),
	surnames: words("Məmmədov, Əliyev, Hüseynov, Quliyev, İbrahimov, Ağayev, Şirinov, Cəfərov, Rəhimli, Bağırzadə"),
}
