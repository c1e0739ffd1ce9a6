import { createAll, Button, Checkboxes, ErrorSummary, NotificationBanner, PasswordInput, Radios, SkipLink } from 'govuk-frontend'
import { start as clock } from './clock.js'
import { start as crop } from './crop.js'
import { start as desk } from './desk.js'
import { start as form } from './form.js'
import { start as localTime } from './local-time.js'
import { start as page } from './page.js'
import { start as passkey } from './passkey.js'
import { start as proof } from './proof.js'
import { start as stream } from './stream.js'

document.body.classList.add('js-enabled', 'govuk-frontend-supported')
for (const component of [Button, Checkboxes, ErrorSummary, NotificationBanner, PasswordInput, Radios, SkipLink]) createAll(component)
for (const start of [clock, crop, desk, form, localTime, page, passkey, proof, stream]) start(document)
