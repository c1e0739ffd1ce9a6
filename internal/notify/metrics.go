package notify

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	waitingDesc = prometheus.NewDesc("chancery_mail_waiting", "E-mail in the outbox that should leave now (due) or later.", []string{"when"}, nil)
	deadDesc    = prometheus.NewDesc("chancery_mail_dead", "E-mail that was given up.", nil, nil)
)

// Metrics shows the outbox's depth to Prometheus; it counts when it is asked.
func (o *Outbox) Metrics() prometheus.Collector { return metrics{o} }

type metrics struct{ outbox *Outbox }

// Describe names the metrics.
func (metrics) Describe(ch chan<- *prometheus.Desc) {
	ch <- waitingDesc
	ch <- deadDesc
}

// Collect counts the outbox; a database that does not answer shows as an error
// of the scrape.
func (m metrics) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	d, err := m.outbox.Depth(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(waitingDesc, err)
		return
	}
	ch <- prometheus.MustNewConstMetric(waitingDesc, prometheus.GaugeValue, float64(d.Due), "due")
	ch <- prometheus.MustNewConstMetric(waitingDesc, prometheus.GaugeValue, float64(d.Later), "later")
	ch <- prometheus.MustNewConstMetric(deadDesc, prometheus.GaugeValue, float64(d.Dead))
}
