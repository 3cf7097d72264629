// Floating-point numbers as Java writes them, which is what the converters of Kafka Connect give: `1.0`, `1.0E7`, `-0.0`, `NaN`. The digits are the
// fewest that mean the same number (as of JDK 19; older ones write some more).

/** Of a value whose schema says `double`. */
export function doubleText(value: number): string {
  return javaText(value, digitsOf(value.toExponential()));
}

/** Of a value whose schema says `float`. */
export function floatText(given: number): string {
  const value = Math.fround(given);
  if (!Number.isFinite(value) || value === 0) return javaText(value, { digits: '0', exponent: 0 });
  for (let precision = 0; precision < 9; precision++) {
    const text = value.toExponential(precision);
    if (Math.fround(Number(text)) === value) return javaText(value, digitsOf(text));
  }
  return javaText(value, digitsOf(value.toExponential(8)));
}

interface Digits {
  /** Without sign and point. */
  readonly digits: string;
  /** Of the first digit. */
  readonly exponent: number;
}

function digitsOf(exponential: string): Digits {
  const [mantissa = '', exponent = '0'] = exponential.replace(/^-/, '').split('e');
  return { digits: mantissa.replace('.', ''), exponent: Number(exponent) };
}

function javaText(value: number, { digits, exponent }: Digits): string {
  if (!Number.isFinite(value)) return String(value);
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (value === 0) return `${sign}0.0`;
  if (exponent >= 7 || exponent < -3) return `${sign}${digits[0]}.${digits.slice(1) || '0'}E${exponent}`;
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.padEnd(exponent + 1, '0');
  return `${sign}${whole.slice(0, exponent + 1)}.${whole.slice(exponent + 1) || '0'}`;
}
