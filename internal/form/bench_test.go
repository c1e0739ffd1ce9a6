package form_test

import "testing"

func BenchmarkTasks(b *testing.B) {
	d := visa(b)
	all := fill(b, d, traveller())
	b.ReportAllocs()
	for b.Loop() {
		d.Tasks(all, then)
	}
}

func BenchmarkCheckPage(b *testing.B) {
	d := visa(b)
	all := fill(b, d, traveller())
	given := d.Stored("papers", 0, all)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.CheckPage("papers", 0, given, all, then); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAccept(b *testing.B) {
	d := visa(b)
	all := fill(b, d, traveller())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Accept(all, then); err != nil {
			b.Fatal(err)
		}
	}
}
