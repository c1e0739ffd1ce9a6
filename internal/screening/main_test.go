package screening_test

import (
	"testing"

	"github.com/chancery/chancery/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.NoLeaks(m) }
