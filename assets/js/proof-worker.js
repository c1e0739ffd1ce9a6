// Finds the number for which SHA-256(salt + number) is the challenge. Written
// without Web Crypto, which is asynchronous and missing on plain http.
import { sha256 } from '@noble/hashes/sha2.js'
import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'

onmessage = ({ data: { algorithm, challenge, salt, maxnumber } }) => {
  postMessage(algorithm === 'SHA-256' ? search(hexToBytes(challenge), salt, maxnumber ?? 1_000_000) : null)
}

function search (wanted, salt, most) {
  const salted = sha256.create().update(utf8ToBytes(salt))
  for (let number = 0; number <= most; number++) {
    const hash = salted.clone().update(utf8ToBytes(String(number))).digest()
    if (hash[0] === wanted[0] && hash[1] === wanted[1] && hash.every((byte, i) => byte === wanted[i])) return number
  }
  return null
}
