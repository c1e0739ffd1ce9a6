package demo

// Account is one member of the staff.
type Account struct {
	User     string  `yaml:"user"`
	Name     string  `yaml:"name"`
	Email    string  `yaml:"email"`
	Language string  `yaml:"language"`
	Grants   []Grant `yaml:"grants"`
}

// Grant is a role at a post; "*" is every post.
type Grant struct {
	Role string `yaml:"role"`
	Post string `yaml:"post"`
}

// Staff lists the accounts of the demonstration.
func Staff() ([]Account, error) {
	var accounts []Account
	err := read("staff.yaml", &accounts)
	return accounts, err
}
