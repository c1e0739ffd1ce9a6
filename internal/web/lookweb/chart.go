package lookweb

import (
	"fmt"
	"html"
	"html/template"
	"regexp"
	"strings"

	"github.com/go-analyze/charts"
)

// The product's colours: see assets/sass/_brand.scss.
var theme = charts.MakeTheme(charts.ThemeOption{
	AxisStrokeColor: charts.ParseColor("#4a656c"), AxisSplitLineColor: charts.ParseColor("#e3eaeb"),
	BackgroundColor: charts.ParseColor("#ffffff"), TextColor: charts.ParseColor("#10272e"),
	SeriesColors: colours("#0b6470", "#f2b84b", "#b3261e", "#7a9aa0", "#5b3a7d", "#1a6a44", "#c46a1b", "#2f4b8f"),
})

func colours(codes ...string) []charts.Color {
	list := make([]charts.Color, len(codes))
	for i, c := range codes {
		list[i] = charts.ParseColor(c)
	}
	return list
}

// none is a gap in a chart.
var none = charts.GetNullValue()

// chart is what a chart shows: a row of values for each series.
type chart struct {
	kind   kind
	title  string // said to those who do not see it
	labels []string
	series []string
	values [][]float64
	unit   string // behind each number of the axis
	// stack puts the series of a bar on one another.
	stack bool
	// most is the end of the axis, 0 for as far as needed.
	most float64
}

type kind uint8

const (
	bars  kind = iota
	lying      // bars from left to right, for long labels
	lines
)

const (
	width, height = 760, 300
	barRoom       = 34 // of a lying bar
	// maxLabels bounds the labels along the bottom.
	maxLabels = 14
)

// draw gives the chart as an SVG element for a page; without values, nothing.
func (c chart) draw() (template.HTML, error) {
	if c.empty() {
		return "", nil
	}
	zero, tall := 0.0, height
	axis := charts.ValueAxisOption{Min: &zero, ValueFormatter: func(v float64) string { return fmt.Sprintf("%.0f%s", v, c.unit) }}
	axis.PreferNiceIntervals, axis.LabelCount = charts.Ptr(true), 6
	if c.most > 0 {
		axis.Max = &c.most
	}
	if c.kind == lying {
		tall = 90 + barRoom*len(c.labels)
	}
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: width, Height: tall, Theme: theme})
	var err error
	if c.kind == lines {
		opt := charts.NewLineChartOptionWithData(c.values)
		opt.Theme, opt.XAxis.Labels, opt.Legend.SeriesNames = theme, c.thinned(), c.series
		opt.XAxis.LabelCount = len(c.labels)
		opt.YAxis = []charts.YAxisOption{axis}
		err = p.LineChart(opt)
	} else {
		opt := charts.NewBarChartOptionWithData(c.values)
		opt.Theme, opt.CategoryAxis.Labels, opt.Legend.SeriesNames = theme, c.labels, c.series
		opt.ValueAxis = []charts.ValueAxisOption{axis}
		opt.StackSeries = charts.Ptr(c.stack)
		if c.kind == lying {
			opt = c.layDown(opt)
		} else {
			opt.CategoryAxis.Labels, opt.CategoryAxis.LabelCount = c.thinned(), len(c.labels)
		}
		err = p.BarChart(opt)
	}
	if err != nil {
		return "", fmt.Errorf("draw %q: %w", c.title, err)
	}
	svg, err := p.Bytes()
	if err != nil {
		return "", fmt.Errorf("draw %q: %w", c.title, err)
	}
	return inline(string(svg), c.title), nil
}

// thinned leaves out labels at equal steps, so that the others have room.
func (c chart) thinned() []string {
	step := (len(c.labels) + maxLabels - 1) / maxLabels
	labels := make([]string, len(c.labels))
	for i := 0; i < len(labels); i += step {
		labels[i] = c.labels[i]
	}
	return labels
}

// layDown turns the order around: the axis of lying bars grows upwards.
func (c chart) layDown(opt charts.BarChartOption) charts.BarChartOption {
	n := len(c.labels)
	values := make([][]float64, len(c.values))
	labels := make([]string, n)
	for i := range n {
		labels[n-1-i] = c.labels[i]
	}
	for s, row := range c.values {
		values[s] = make([]float64, n)
		for i := range n {
			values[s][n-1-i] = row[i]
		}
	}
	turned := charts.NewBarChartOptionWithData(values)
	turned.Theme, turned.Legend, turned.ValueAxis, turned.StackSeries = opt.Theme, opt.Legend, opt.ValueAxis, opt.StackSeries
	turned.CategoryAxis.Labels, turned.Horizontal = labels, true
	return turned
}

func (c chart) empty() bool {
	for _, row := range c.values {
		for _, v := range row {
			if v != none && v != 0 {
				return false
			}
		}
	}
	return true
}

var styles = regexp.MustCompile(` style="([^"]*)"`)

// inline makes the chart an image with a name, and its style attributes, which
// the content policy forbids, presentation attributes. The page gives the font.
func inline(svg, title string) template.HTML {
	svg = styles.ReplaceAllStringFunc(svg, func(attribute string) string {
		var b strings.Builder
		for _, rule := range strings.Split(styles.FindStringSubmatch(attribute)[1], ";") {
			name, value, ok := strings.Cut(rule, ":")
			if name = strings.TrimSpace(name); ok && name != "font-family" {
				fmt.Fprintf(&b, ` %s="%s"`, name, strings.TrimSpace(value))
			}
		}
		return b.String()
	})
	svg = strings.Replace(svg, "<svg ", `<svg role="img" aria-label="`+html.EscapeString(title)+`" `, 1)
	return template.HTML(svg) //nolint:gosec // the library escapes the labels, see TestChartsAreWellFormed
}
