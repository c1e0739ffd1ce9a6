// Runs before the page is drawn, so that enhanced components do not jump.
document.documentElement.classList.add('js-enabled', 'govuk-frontend-supported')
