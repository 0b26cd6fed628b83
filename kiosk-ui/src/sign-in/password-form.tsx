/** A technician's name and password; the one place where a keyboard is wanted. */
import { useState } from 'preact/hooks';
import type { Problem } from '../shell/ask.ts';
import type { Catalogue } from '../text/catalogue.ts';
import { ProblemLine } from './problem-line.tsx';

export interface PasswordFormProps {
  /** undefined: it was right. */
  readonly submit: (name: string, password: string) => Promise<Problem | undefined>;
  readonly t: Catalogue;
}

export function PasswordForm({ submit, t }: PasswordFormProps) {
  const [problem, setProblem] = useState<Problem | undefined>();
  const [isAsking, setIsAsking] = useState(false);

  const send = async (event: Event) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const said = new FormData(form);
    setIsAsking(true);
    const answer = await submit(String(said.get('name')), String(said.get('password')));
    setIsAsking(false);
    setProblem(answer);
    if (answer) (form.elements.namedItem('password') as HTMLInputElement).value = '';
  };
  return (
    <form class="password-form" onSubmit={send}>
      <label>
        {t.signIn.name}
        <input name="name" autocomplete="off" autocapitalize="none" spellcheck={false} required maxlength={64} />
      </label>
      <label>
        {t.signIn.password}
        <input name="password" type="password" autocomplete="off" required maxlength={256} />
      </label>
      <ProblemLine problem={problem} t={t} />
      <button type="submit" class="main" disabled={isAsking}>
        {t.signIn.signIn}
      </button>
    </form>
  );
}
